"""Money that comes in.

Revision: 0003, after: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payable_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("receipted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state <> 'booked' OR booked_at IS NOT NULL", name=op.f("ck_collection_booked")),
        sa.CheckConstraint(
            "state IN ('open', 'paid', 'booked', 'withdrawn', 'refunded')", name=op.f("ck_collection_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_collection_amount")),
        sa.CheckConstraint(
            "receipt_number IS NULL OR paid_at IS NOT NULL", name=op.f("ck_collection_receipt")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_collection_agency_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_collection_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("kind", "source", name=op.f("uq_collection_kind_source")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_collection_receipt_number")),
    )
    op.create_index("ix_collection_agency_state", "collection", ["agency_id", "state", "id"], unique=False)
    op.create_index("ix_collection_person", "collection", ["person_id"], unique=False)
    op.create_index("ix_collection_created", "collection", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_collection_case",
        "collection",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text('"case" IS NOT NULL'),
    )
    op.create_index(
        "ix_collection_receipt_due",
        "collection",
        ["receipt_due_at"],
        unique=False,
        postgresql_where=sa.text("receipt_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_collection_receipted",
        "collection",
        ["receipted_at"],
        unique=False,
        postgresql_where=sa.text("receipted_at IS NOT NULL"),
    )
    op.create_table(
        "payment_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("prepay_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'open' OR prepay_sealed IS NOT NULL", name=op.f("ck_payment_order_prepay")
        ),
        sa.CheckConstraint(
            "state IN ('opening', 'open', 'closing', 'paid', 'closed')", name=op.f("ck_payment_order_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('opening', 'open', 'closing') OR due_at IS NOT NULL",
            name=op.f("ck_payment_order_watched"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_order_amount")),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("fk_payment_order_collection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_order")),
        sa.UniqueConstraint("collection_id", "ordinal", name=op.f("uq_payment_order_collection_id_ordinal")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_order_number")),
    )
    op.create_index(
        "ix_payment_order_due",
        "payment_order",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "uq_payment_order_live",
        "payment_order",
        ["collection_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('opening', 'open', 'closing')"),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_back", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("use IN ('applied', 'duplicate', 'stray')", name=op.f("ck_payment_use")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint("given_back BETWEEN 0 AND amount", name=op.f("ck_payment_given_back")),
        sa.ForeignKeyConstraint(["collection_id"], ["collection.id"], name=op.f("fk_payment_collection_id")),
        sa.ForeignKeyConstraint(["order_id"], ["payment_order.id"], name=op.f("fk_payment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payment_order_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_reference")),
    )
    op.create_index("ix_payment_collection", "payment", ["collection_id"], unique=False)
    op.create_index("ix_payment_paid_at", "payment", ["paid_at"], unique=False)
    op.create_index("ix_payment_recorded_at", "payment", ["recorded_at"], unique=False)
    op.create_index(
        "uq_payment_applied",
        "payment",
        ["collection_id"],
        unique=True,
        postgresql_where=sa.text("use = 'applied'"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('requested', 'refunded', 'cancelled')", name=op.f("ck_refund_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("payout_id", name=op.f("uq_refund_payout_id")),
    )
    op.create_index("ix_refund_payment", "refund", ["payment_id"], unique=False)


def downgrade() -> None:
    op.drop_table("refund")
    op.drop_table("payment")
    op.drop_table("payment_order")
    op.drop_table("collection")
