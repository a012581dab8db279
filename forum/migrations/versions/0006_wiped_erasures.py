"""erasures: whether their bytes are wiped, which no clock can tell"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: what was erased before is wiped once more."""
    op.add_column("erasures", sa.Column("is_wiped", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Forget what was wiped."""
    op.drop_column("erasures", "is_wiped")
