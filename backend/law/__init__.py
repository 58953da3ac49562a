"""The law as data: dated parameters in the YAML files here, and figures that explain themselves."""
