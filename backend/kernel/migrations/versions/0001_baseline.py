"""The first schema.

Revision: 0001, after:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("path ~ '^[0-9]+(\\.[0-9]+)*$'", name=op.f("ck_agency_path")),
        sa.ForeignKeyConstraint(["parent_id"], ["agency.id"], name=op.f("fk_agency_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
        sa.UniqueConstraint("path", name=op.f("uq_agency_path")),
    )
    op.create_table(
        "attempt_window",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "purpose", "dimension", "subject", "opened_at", name=op.f("pk_attempt_window")
        ),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("agency_path", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("values_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('citizen', 'staff', 'system', 'anonymous')",
            name=op.f("ck_audit_event_actor_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        info={"app_rights": "SELECT, INSERT"},
    )
    op.create_index("ix_audit_event_action_at", "audit_event", ["action", "at"], unique=False)
    op.create_index("ix_audit_event_actor_at", "audit_event", ["actor_id", "at"], unique=False)
    op.create_index("ix_audit_event_at", "audit_event", ["at"], unique=False)
    op.create_index("ix_audit_event_subject_at", "audit_event", ["subject_id", "at"], unique=False)
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
        info={"app_rights": "SELECT, INSERT"},
    )
    op.create_table(
        "follower",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("openid_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("openid_digest", sa.LargeBinary(), nullable=False),
        sa.Column("union_digest", sa.LargeBinary(), nullable=True),
        sa.Column("following", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower")),
        sa.UniqueConstraint("openid_digest", name=op.f("uq_follower_openid_digest")),
    )
    op.create_index(op.f("ix_follower_union_digest"), "follower", ["union_digest"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency")),
        sa.UniqueConstraint(
            "principal", "operation", "key", name=op.f("uq_idempotency_principal_operation_key")
        ),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'leased') = (leased_until IS NOT NULL)", name=op.f("ck_job_lease")),
        sa.CheckConstraint("state IN ('waiting', 'leased', 'done', 'failed')", name=op.f("ck_job_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_job_unique_key")),
    )
    op.create_index(
        "ix_job_due",
        "job",
        ["run_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'leased')"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversal_of", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reversal_of <> id", name=op.f("ck_journal_not_itself")),
        sa.ForeignKeyConstraint(["reversal_of"], ["journal.id"], name=op.f("fk_journal_reversal_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("reversal_of", name=op.f("uq_journal_reversal_of")),
        sa.UniqueConstraint("source", "event", name=op.f("uq_journal_source_event")),
        info={"app_rights": "SELECT, INSERT"},
    )
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("kind", "owner_id", name=op.f("uq_ledger_account_kind_owner_id")),
        info={"app_rights": "SELECT, INSERT"},
    )
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("phone_digest", sa.LargeBinary(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('sign_in', 'verify_phone')", name=op.f("ck_one_time_code_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index(
        "ix_one_time_code_newest", "one_time_code", ["phone_digest", "purpose", "sent_at"], unique=False
    )
    op.create_table(
        "provider_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_event")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_provider_event_provider_event_id")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("functions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('system', 'security', 'audit', 'business')", name=op.f("ck_role_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name=op.f("uq_role_code")),
        sa.UniqueConstraint("id", "kind", name=op.f("uq_role_id_kind")),
    )
    op.create_table(
        "schedule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule")),
    )
    op.create_table(
        "serial_counter",
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "day", name=op.f("pk_serial_counter")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("username_digest", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("username_digest", name=op.f("pk_sign_in_failures")),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("target_version", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("maker_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("checker_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name=op.f("ck_approval_decided")),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (checker_id IS NOT NULL)", name=op.f("ck_approval_checked")
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR reason <> ''", name=op.f("ck_approval_rejection_has_reason")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'withdrawn')", name=op.f("ck_approval_state")
        ),
        sa.CheckConstraint(
            "checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_approval_two_people")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_approval_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("serial", name=op.f("uq_approval_serial")),
    )
    op.create_index(op.f("ix_approval_agency_id"), "approval", ["agency_id"], unique=False)
    op.create_index(
        "uq_approval_target_pending",
        "approval",
        ["kind", "target_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "audit_seal_item",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seal_number", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_event.id"], name=op.f("fk_audit_seal_item_event_id")),
        sa.ForeignKeyConstraint(
            ["seal_number"], ["audit_seal.number"], name=op.f("fk_audit_seal_item_seal_number")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal_item")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seal_item_event_id")),
        info={"app_rights": "SELECT, INSERT"},
    )
    op.create_index(op.f("ix_audit_seal_item_seal_number"), "audit_seal_item", ["seal_number"], unique=False)
    op.create_table(
        "audit_unsealed",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_event.id"], name=op.f("fk_audit_unsealed_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_unsealed")),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(state = 'revoked') = (revoked_at IS NOT NULL)", name=op.f("ck_document_revoked")
        ),
        sa.CheckConstraint(
            "(state IN ('ready', 'revoked')) = (made_at IS NOT NULL) AND (made_at IS NULL) = (pdf_sealed IS NULL) AND (made_at IS NULL) = (content_hash IS NULL) AND (made_at IS NULL) = (key_id IS NULL)",
            name=op.f("ck_document_made"),
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'ready', 'failed', 'revoked')", name=op.f("ck_document_state")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_document_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("serial", name=op.f("uq_document_serial")),
    )
    op.create_index("ix_document_person", "document", ["person_id", "requested_at"], unique=False)
    op.create_index(
        "uq_document_current",
        "document",
        ["person_id", "kind", "fingerprint"],
        unique=True,
        postgresql_where=sa.text("state <> 'revoked'"),
    )
    op.create_table(
        "employer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint("state IN ('active', 'closed')", name=op.f("ck_employer_state")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_employer_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer")),
    )
    op.create_index(op.f("ix_employer_agency_id"), "employer", ["agency_id"], unique=False)
    op.create_index(
        "uq_employer_credit_code",
        "employer",
        ["credit_code"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_digest", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_digest", sa.LargeBinary(), nullable=True),
        sa.Column("former_phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "category IN ('employee', 'flexible', 'resident', 'pensioner', 'resident_pensioner')",
            name=op.f("ck_person_category"),
        ),
        sa.CheckConstraint("sex IN ('male', 'female')", name=op.f("ck_person_sex")),
        sa.CheckConstraint(
            "state = 'merged' OR (state = 'deceased') = (died_on IS NOT NULL)", name=op.f("ck_person_died")
        ),
        sa.CheckConstraint(
            "state IN ('active', 'moved', 'deceased', 'merged')", name=op.f("ck_person_state")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_person_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_agency_id"), "person", ["agency_id"], unique=False)
    op.create_index(op.f("ix_person_name_digest"), "person", ["name_digest"], unique=False)
    op.create_index(op.f("ix_person_phone_digest"), "person", ["phone_digest"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_posting_not_zero")),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name=op.f("fk_posting_account_id")),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_posting_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint(
            "journal_id", "account_id", "entry", name=op.f("uq_posting_journal_id_account_id_entry")
        ),
        info={"app_rights": "SELECT, INSERT"},
    )
    op.create_index("ix_posting_account_booked", "posting", ["account_id", "booked_on"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("former_password_hashes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("totp_last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_staff_state")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_staff_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_index(op.f("ix_staff_agency_id"), "staff", ["agency_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state = 'leased') = (holder_id IS NOT NULL AND leased_until IS NOT NULL)",
            name=op.f("ck_task_lease"),
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'cancelled')) = (closed_at IS NOT NULL)", name=op.f("ck_task_closed")
        ),
        sa.CheckConstraint("state IN ('open', 'leased', 'done', 'cancelled')", name=op.f("ck_task_state")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_task_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("serial", name=op.f("uq_task_serial")),
    )
    op.create_index(
        "ix_task_open",
        "task",
        ["agency_id", "kind", "due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'leased')"),
    )
    op.create_index(
        "uq_task_object_open",
        "task",
        ["kind", "object_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'leased')"),
    )
    op.create_table(
        "bank_card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_digest", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bank_card_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_card")),
    )
    op.create_index(op.f("ix_bank_card_number_digest"), "bank_card", ["number_digest"], unique=False)
    op.create_index(
        "uq_bank_card_person_active",
        "bank_card",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "binding_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_binding_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_code")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_binding_code_code_digest")),
    )
    op.create_index(op.f("ix_binding_code_person_id"), "binding_code", ["person_id"], unique=False)
    op.create_index(
        "uq_binding_code_person_open",
        "binding_code",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_table(
        "channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=False),
        sa.Column("union_digest", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_digest", sa.LargeBinary(), nullable=True),
        sa.Column("phone_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('miniprogram', 'official_account', 'phone')", name=op.f("ck_channel_kind")
        ),
        sa.CheckConstraint("(person_id IS NULL) = (bound_at IS NULL)", name=op.f("ck_channel_bound")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_channel_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    op.create_index(op.f("ix_channel_person_id"), "channel", ["person_id"], unique=False)
    op.create_index(
        "ix_channel_subject_dropped",
        "channel",
        ["kind", "subject_digest"],
        unique=False,
        postgresql_where=sa.text("dropped_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_channel_union_digest"), "channel", ["union_digest"], unique=False)
    op.create_index(
        "uq_channel_subject_active",
        "channel",
        ["kind", "subject_digest"],
        unique=True,
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    op.create_table(
        "contribution_month",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=True),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("fee_period", sa.Date(), nullable=False),
        sa.Column("accounting_period", sa.Date(), nullable=False),
        sa.Column("origin_region", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("personal", sa.BigInteger(), nullable=False),
        sa.Column("pooled", sa.BigInteger(), nullable=False),
        sa.Column("contribution_index", sa.Numeric(precision=8, scale=4), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "base > 0 AND personal >= 0 AND pooled >= 0", name=op.f("ck_contribution_month_amounts")
        ),
        sa.CheckConstraint(
            "extract(day from accounting_period) = 1",
            name=op.f("ck_contribution_month_accounting_period_first"),
        ),
        sa.CheckConstraint(
            "extract(day from fee_period) = 1", name=op.f("ck_contribution_month_fee_period_first")
        ),
        sa.CheckConstraint("superseded_by <> id", name=op.f("ck_contribution_month_not_itself")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_contribution_month_agency_id")),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["employer.id"], name=op.f("fk_contribution_month_employer_id")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_contribution_month_journal_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contribution_month_person_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"],
            ["contribution_month.id"],
            name=op.f("fk_contribution_month_superseded_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution_month")),
    )
    op.create_index(
        "ix_contribution_month_person",
        "contribution_month",
        ["person_id", "insurance", "fee_period"],
        unique=False,
    )
    op.create_index(
        "uq_contribution_month_current",
        "contribution_month",
        [
            "person_id",
            "insurance",
            "fee_period",
            sa.literal_column("coalesce(employer_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
        ],
        unique=True,
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=True),
        sa.Column("asked_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_digest", sa.LargeBinary(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_via", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('requested', 'active')) = (ended_at IS NULL)", name=op.f("ck_delegation_ended")
        ),
        sa.CheckConstraint(
            "scopes <@ ARRAY['look', 'certify', 'pay'] AND cardinality(scopes) > 0",
            name=op.f("ck_delegation_scopes"),
        ),
        sa.CheckConstraint(
            "state <> 'active' OR (principal_id IS NOT NULL AND agreed_at IS NOT NULL)",
            name=op.f("ck_delegation_agreed"),
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'active', 'refused', 'ended', 'expired')",
            name=op.f("ck_delegation_state"),
        ),
        sa.CheckConstraint("helper_id <> principal_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("slot BETWEEN 1 AND 5", name=op.f("ck_delegation_at_most_five")),
        sa.ForeignKeyConstraint(["helper_id"], ["person.id"], name=op.f("fk_delegation_helper_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_delegation_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_helper_id"), "delegation", ["helper_id"], unique=False)
    op.create_index(op.f("ix_delegation_principal_id"), "delegation", ["principal_id"], unique=False)
    op.create_index(
        "uq_delegation_helper_slot_open",
        "delegation",
        ["helper_id", "slot"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'active')"),
    )
    op.create_index(
        "uq_delegation_pair_open",
        "delegation",
        ["helper_id", "asked_digest"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'active')"),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("from_month", sa.Date(), nullable=False),
        sa.Column("until_month", sa.Date(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("person_id"), "="),
            (sa.column("insurance"), "="),
            (sa.text("coalesce(employer_id, '00000000-0000-0000-0000-000000000000'::uuid)"), "="),
            (sa.text("daterange(from_month, until_month)"), "&&"),
            where=sa.text("voided_at IS NULL"),
            using="gist",
            name="no_overlap",
        ),
        sa.CheckConstraint("extract(day from from_month) = 1", name=op.f("ck_enrolment_from_first")),
        sa.CheckConstraint(
            "until_month IS NULL OR extract(day from until_month) = 1", name=op.f("ck_enrolment_until_first")
        ),
        sa.CheckConstraint(
            "until_month IS NULL OR until_month > from_month", name=op.f("ck_enrolment_not_empty")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_enrolment_agency_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["employer.id"], name=op.f("fk_enrolment_employer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
    )
    op.create_index(op.f("ix_enrolment_employer_id"), "enrolment", ["employer_id"], unique=False)
    op.create_index(op.f("ix_enrolment_person_id"), "enrolment", ["person_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("person_id", "source", name=op.f("uq_message_person_id_source")),
    )
    op.create_index("ix_message_person_at", "message", ["person_id", "created_at"], unique=False)
    op.create_table(
        "person_identifier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_digest", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('resident_id', 'hmt_residence', 'permanent_residence')",
            name=op.f("ck_person_identifier_kind"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_identifier_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identifier")),
    )
    op.create_index(op.f("ix_person_identifier_person_id"), "person_identifier", ["person_id"], unique=False)
    op.create_index(
        "uq_person_identifier_digest_active",
        "person_identifier",
        ["number_digest"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "person_merge",
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_person_merge_two_records")),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_person_merge_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_person_merge_to_id")),
        sa.PrimaryKeyConstraint("from_id", name=op.f("pk_person_merge")),
    )
    op.create_index(op.f("ix_person_merge_to_id"), "person_merge", ["to_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("role_kind", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("staff_id"), "="),
            (sa.column("role_kind"), "<>"),
            where=sa.text("ended_at IS NULL"),
            using="gist",
            name="one_kind_of_role",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_role_grant_agency_id")),
        sa.ForeignKeyConstraint(
            ["role_id", "role_kind"], ["role.id", "role.kind"], name="fk_role_grant_role"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_role_grant_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(
        "uq_role_grant_active",
        "role_grant",
        ["staff_id", "role_id", "agency_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "consent",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("told_by_app", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_by_wechat", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "remaining",
            sa.Integer(),
            sa.Computed("greatest(told_by_app, told_by_wechat) - used", persisted=True),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_consent_not_negative")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_consent_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", "card", name=op.f("pk_consent")),
    )
    op.create_table(
        "declared_base",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("from_month", sa.Date(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("base > 0", name=op.f("ck_declared_base_base")),
        sa.CheckConstraint("extract(day from from_month) = 1", name=op.f("ck_declared_base_from_first")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_declared_base_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_base")),
        sa.UniqueConstraint(
            "enrolment_id", "from_month", name=op.f("uq_declared_base_enrolment_id_from_month")
        ),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('waiting', 'sending')) = (settled_at IS NULL)", name=op.f("ck_delivery_settled")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'unknown')", name=op.f("ck_delivery_state")
        ),
        sa.CheckConstraint("via IN ('subscribe', 'template', 'sms')", name=op.f("ck_delivery_via")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_delivery_channel_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "message_id", "via", "address_digest", name=op.f("uq_delivery_message_id_via_address_digest")
        ),
    )
    op.create_index("ix_delivery_address", "delivery", ["address_digest", "created_at"], unique=False)
    op.create_index("ix_delivery_reference", "delivery", ["via", "reference"], unique=False)
    op.execute(
        """
        CREATE FUNCTION journal_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT sum(amount) FROM posting WHERE journal_id = NEW.journal_id) <> 0 THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_sums_to_zero',
              MESSAGE = 'the postings of a journal do not sum to zero';
          END IF;
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE CONSTRAINT TRIGGER journal_sums_to_zero AFTER INSERT OR UPDATE ON posting
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_sums_to_zero()
        """
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_reference", table_name="delivery")
    op.drop_index("ix_delivery_address", table_name="delivery")
    op.drop_table("delivery")
    op.drop_table("declared_base")
    op.drop_table("consent")
    op.drop_index(
        "uq_role_grant_active", table_name="role_grant", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("role_grant")
    op.drop_index(op.f("ix_person_merge_to_id"), table_name="person_merge")
    op.drop_table("person_merge")
    op.drop_index(
        "uq_person_identifier_digest_active",
        table_name="person_identifier",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_person_identifier_person_id"), table_name="person_identifier")
    op.drop_table("person_identifier")
    op.drop_index("ix_message_person_at", table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_enrolment_person_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_employer_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index(
        "uq_delegation_pair_open",
        table_name="delegation",
        postgresql_where=sa.text("state IN ('requested', 'active')"),
    )
    op.drop_index(
        "uq_delegation_helper_slot_open",
        table_name="delegation",
        postgresql_where=sa.text("state IN ('requested', 'active')"),
    )
    op.drop_index(op.f("ix_delegation_principal_id"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_helper_id"), table_name="delegation")
    op.drop_table("delegation")
    op.drop_index(
        "uq_contribution_month_current",
        table_name="contribution_month",
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.drop_index("ix_contribution_month_person", table_name="contribution_month")
    op.drop_table("contribution_month")
    op.drop_index(
        "uq_channel_subject_active", table_name="channel", postgresql_where=sa.text("dropped_at IS NULL")
    )
    op.drop_index(op.f("ix_channel_union_digest"), table_name="channel")
    op.drop_index(
        "ix_channel_subject_dropped", table_name="channel", postgresql_where=sa.text("dropped_at IS NOT NULL")
    )
    op.drop_index(op.f("ix_channel_person_id"), table_name="channel")
    op.drop_table("channel")
    op.drop_index(
        "uq_binding_code_person_open",
        table_name="binding_code",
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )
    op.drop_index(op.f("ix_binding_code_person_id"), table_name="binding_code")
    op.drop_table("binding_code")
    op.drop_index(
        "uq_bank_card_person_active", table_name="bank_card", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_bank_card_number_digest"), table_name="bank_card")
    op.drop_table("bank_card")
    op.drop_index(
        "uq_task_object_open", table_name="task", postgresql_where=sa.text("state IN ('open', 'leased')")
    )
    op.drop_index("ix_task_open", table_name="task", postgresql_where=sa.text("state IN ('open', 'leased')"))
    op.drop_table("task")
    op.drop_index(op.f("ix_staff_agency_id"), table_name="staff")
    op.drop_table("staff")
    op.drop_index("ix_posting_account_booked", table_name="posting")
    op.drop_table("posting")
    op.drop_index(op.f("ix_person_phone_digest"), table_name="person")
    op.drop_index(op.f("ix_person_name_digest"), table_name="person")
    op.drop_index(op.f("ix_person_agency_id"), table_name="person")
    op.drop_table("person")
    op.drop_index(
        "uq_employer_credit_code", table_name="employer", postgresql_where=sa.text("state = 'active'")
    )
    op.drop_index(op.f("ix_employer_agency_id"), table_name="employer")
    op.drop_table("employer")
    op.drop_index(
        "uq_document_current", table_name="document", postgresql_where=sa.text("state <> 'revoked'")
    )
    op.drop_index("ix_document_person", table_name="document")
    op.drop_table("document")
    op.drop_table("audit_unsealed")
    op.drop_index(op.f("ix_audit_seal_item_seal_number"), table_name="audit_seal_item")
    op.drop_table("audit_seal_item")
    op.drop_index(
        "uq_approval_target_pending", table_name="approval", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_index(op.f("ix_approval_agency_id"), table_name="approval")
    op.drop_table("approval")
    op.drop_table("sign_in_failures")
    op.drop_table("serial_counter")
    op.drop_table("schedule")
    op.drop_table("role")
    op.drop_table("provider_event")
    op.drop_index("ix_one_time_code_newest", table_name="one_time_code")
    op.drop_table("one_time_code")
    op.drop_table("ledger_account")
    op.drop_table("journal")
    op.drop_index("ix_job_due", table_name="job", postgresql_where=sa.text("state IN ('waiting', 'leased')"))
    op.drop_table("job")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index(op.f("ix_follower_union_digest"), table_name="follower")
    op.drop_table("follower")
    op.drop_table("audit_seal")
    op.drop_index("ix_audit_event_subject_at", table_name="audit_event")
    op.drop_index("ix_audit_event_at", table_name="audit_event")
    op.drop_index("ix_audit_event_actor_at", table_name="audit_event")
    op.drop_index("ix_audit_event_action_at", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("attempt_window")
    op.drop_table("agency")
    op.execute("DROP FUNCTION journal_sums_to_zero")
