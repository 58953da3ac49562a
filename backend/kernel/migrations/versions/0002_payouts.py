"""Money that goes out.

Revision: 0002, after: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout_day",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "day", name=op.f("pk_payout_day")),
    )
    op.create_table(
        "payout_stop",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_payout_stop")),
    )
    op.create_table(
        "payout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'in_progress', 'manual',"
            " 'paid', 'failed', 'returned', 'cancelled')",
            name=op.f("ck_payout_state"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payout_amount")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_payout_agency_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["person.id"], name=op.f("fk_payout_payee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint("kind", "source", name=op.f("uq_payout_kind_source")),
    )
    op.create_index("ix_payout_agency_state", "payout", ["agency_id", "state", "id"], unique=False)
    op.create_index("ix_payout_payee", "payout", ["payee_id"], unique=False)
    op.create_table(
        "payout_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payee_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_journal_id", sa.Uuid(), nullable=True),
        sa.Column("settled_journal_id", sa.Uuid(), nullable=True),
        sa.Column("returned_journal_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'returned' OR returned_journal_id IS NOT NULL",
            name=op.f("ck_payout_attempt_booked_when_returned"),
        ),
        sa.CheckConstraint("state <> 'sending' OR due_at IS NOT NULL", name=op.f("ck_payout_attempt_lease")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'accepted', 'unknown', 'manual',"
            " 'paid', 'failed', 'returned', 'cancelled')",
            name=op.f("ck_payout_attempt_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('paid', 'failed') OR settled_journal_id IS NOT NULL",
            name=op.f("ck_payout_attempt_booked_when_settled"),
        ),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (sent_journal_id IS NULL)", name=op.f("ck_payout_attempt_booked_when_sent")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payout_attempt_amount")),
        sa.CheckConstraint("length(number) <= 28", name=op.f("ck_payout_attempt_number")),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_payout_attempt_payout_id")),
        sa.ForeignKeyConstraint(
            ["returned_journal_id"], ["journal.id"], name=op.f("fk_payout_attempt_returned_journal_id")
        ),
        sa.ForeignKeyConstraint(
            ["sent_journal_id"], ["journal.id"], name=op.f("fk_payout_attempt_sent_journal_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_journal_id"], ["journal.id"], name=op.f("fk_payout_attempt_settled_journal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_attempt")),
        sa.UniqueConstraint("payout_id", "ordinal", name=op.f("uq_payout_attempt_payout_id_ordinal")),
        sa.UniqueConstraint("provider", "number", name=op.f("uq_payout_attempt_provider_number")),
    )
    op.create_index(
        "ix_payout_attempt_due",
        "payout_attempt",
        ["provider", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "uq_payout_attempt_open",
        "payout_attempt",
        ["payout_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'sending', 'accepted', 'unknown', 'manual')"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_payout_attempt_open",
        table_name="payout_attempt",
        postgresql_where=sa.text("state IN ('waiting', 'sending', 'accepted', 'unknown', 'manual')"),
    )
    op.drop_index(
        "ix_payout_attempt_due", table_name="payout_attempt", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_table("payout_attempt")
    op.drop_index("ix_payout_payee", table_name="payout")
    op.drop_index("ix_payout_agency_state", table_name="payout")
    op.drop_table("payout")
    op.drop_table("payout_stop")
    op.drop_table("payout_day")
