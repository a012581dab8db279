"""accounts: the language that somebody chose for the staff pages"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: nobody has chosen yet."""
    op.add_column("accounts", sa.Column("locale", sa.String(length=5), nullable=True))


def downgrade() -> None:
    """Forget the choices."""
    op.drop_column("accounts", "locale")
