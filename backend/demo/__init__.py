"""The demo on one machine: its servers, its supervisor and its province."""
