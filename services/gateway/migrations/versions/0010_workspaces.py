"""The manifests of the businesses: what is in force, the versions before, and who changed what."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0010"
down_revision = "0009"


def upgrade(op: Operations) -> None:
    """Adds them."""
    op.create_table(
        "workspace_store",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("store", sa.String(32), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "workspaces",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
    )
    op.create_index("ix_workspaces_revision", "workspaces", ["revision"])
    op.create_table(
        "workspace_versions",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("made_at", sa.Float, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("of_version", sa.Integer),
    )
    op.create_table(
        "workspace_numbers",
        sa.Column("number", sa.String(16), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
    )
    op.create_index("ix_workspace_numbers_workspace_id", "workspace_numbers", ["workspace_id"])
