"""What alembic's commands run: a service's migrations, on the connection in the configuration's attributes.

Each migration gets its operations as an argument; the global `alembic.op` is not used.
"""

from alembic import context
from alembic.operations import Operations

given = context.config.attributes
context.configure(connection=given["connection"], version_table=given["version_table"])
with context.begin_transaction():  # nothing where one is under way, as on SQLite
    context.run_migrations(op=Operations(context.get_context()))
