"""Day-end files beside our own records.

Revision: 0004, after: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconciliation_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_hash", sa.Text(), nullable=True),
        sa.Column("file_out_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("file_out_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("file_in_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("file_in_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("file_fee_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("our_out_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("our_out_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("our_in_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("our_in_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'fetched', 'clean', 'differences', 'closed')",
            name=op.f("ck_reconciliation_day_state"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (file_hash IS NULL)", name=op.f("ck_reconciliation_day_fetched")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_day")),
        sa.UniqueConstraint("provider", "day", name=op.f("uq_reconciliation_day_provider_day")),
    )
    op.create_index(
        "ix_reconciliation_day_due",
        "reconciliation_day",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "reconciliation_difference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("file_amount", sa.BigInteger(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("our_amount", sa.BigInteger(), nullable=True),
        sa.Column("our_state", sa.Text(), nullable=True),
        sa.Column("our_day", sa.Date(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_reconciliation_difference_direction")),
        sa.CheckConstraint(
            "kind IN ('duplicate', 'extra', 'amount', 'state', 'too_old', 'late', 'missing')",
            name=op.f("ck_reconciliation_difference_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'mended', 'resolved')", name=op.f("ck_reconciliation_difference_state")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_reconciliation_difference_ended")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (reason IS NULL)", name=op.f("ck_reconciliation_difference_reason")
        ),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_by IS NOT NULL)",
            name=op.f("ck_reconciliation_difference_resolved"),
        ),
        sa.CheckConstraint(
            "(lines = 0) = (file_amount IS NULL)", name=op.f("ck_reconciliation_difference_lines")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_reconciliation_difference_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["day_id"], ["reconciliation_day.id"], name=op.f("fk_reconciliation_difference_day_id")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["person.id"], name=op.f("fk_reconciliation_difference_subject_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_difference")),
        sa.UniqueConstraint(
            "provider",
            "day",
            "number",
            "direction",
            name=op.f("uq_reconciliation_difference_provider_day_number_direction"),
        ),
    )
    op.create_index(
        "ix_reconciliation_difference_number",
        "reconciliation_difference",
        ["provider", "number"],
        unique=False,
    )
    op.create_index(
        "ix_reconciliation_difference_agency",
        "reconciliation_difference",
        ["agency_id", "found_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_reconciliation_difference_open",
        "reconciliation_difference",
        ["day_id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.add_column("payout_attempt", sa.Column("returned_on", sa.Date(), nullable=True))
    op.execute(
        "UPDATE payout_attempt SET returned_on = settled_on, settled_on = NULL WHERE state = 'returned'"
    )
    op.create_index(
        "ix_payout_attempt_settled_on",
        "payout_attempt",
        ["provider", "settled_on"],
        unique=False,
        postgresql_where=sa.text("settled_on IS NOT NULL"),
    )
    op.create_index(
        "ix_payout_attempt_returned_on",
        "payout_attempt",
        ["provider", "returned_on"],
        unique=False,
        postgresql_where=sa.text("returned_on IS NOT NULL"),
    )
    op.create_index(
        "ix_payout_attempt_undated",
        "payout_attempt",
        ["provider", "sent_at"],
        unique=False,
        postgresql_where=sa.text("settled_on IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_payout_attempt_undated", table_name="payout_attempt")
    op.drop_index("ix_payout_attempt_returned_on", table_name="payout_attempt")
    op.drop_index("ix_payout_attempt_settled_on", table_name="payout_attempt")
    op.execute("UPDATE payout_attempt SET settled_on = returned_on WHERE state = 'returned'")
    op.drop_column("payout_attempt", "returned_on")
    op.drop_table("reconciliation_difference")
    op.drop_table("reconciliation_day")
