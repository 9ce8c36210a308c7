"""Numbers of the advisory locks that the catalogue takes. No two of the database are the same, those of other apps among them.

Besides, `publishing.company_identity` locks boards and domains by the hash of their names.
"""

from __future__ import annotations

# With the second in which a change began as a second key.
CHANGE = 1_937_337_955
# With the slot as a second key.
EXPORT = 1_702_392_946
# Shared by those who publish: a correction of a company waits for the jobs that it cannot see yet, and those who come after wait for it.
CORRECTION = 1_668_247_155
