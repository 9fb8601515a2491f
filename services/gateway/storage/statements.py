"""What a message's turn says to the database, as text for SQLite and PostgreSQL alike. Tables: `tables`.

`:now` is the unit's time. A lease holds while it ends after that and not after `:latest`: one that ends later was taken
by a clock that has been set back since, and counts as over.
"""

from collections.abc import Sequence

from runtime.data.units import Statement


def _insert(table: str, columns: Sequence[str], then: str) -> Statement:
    """A new row, whose values are named as its columns."""
    values = ", ".join(f":{column}" for column in columns)
    return Statement(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) {then}")


# --- the inbox

_ROW = """workspace_id, message_id, turn_id, conversation_id, seq, address, profile_name, text, media, track, business,
    received_us, status, lease_until, decided, reply, joined"""
_BY_ID = "workspace_id = :workspace_id AND message_id = :message_id"
_MINE = f"{_BY_ID} AND owner = :owner AND status = 'running'"
"""A message whose turn this process runs."""
_RESCUABLE = """status = 'running' AND business <> '' AND lease_until > :since AND takeovers < :most_takeovers"""
"""Messages by Twilio without a reply that somebody will answer even if their process has died."""

MESSAGE = Statement(f"SELECT {_ROW} FROM inbox WHERE {_BY_ID}")
NEW_MESSAGE = _insert(
    "inbox",
    (
        *("workspace_id", "message_id", "turn_id", "conversation_id", "seq", "address", "profile_name", "text"),
        *("media", "track", "business", "by_rest", "takeovers", "received_us", "status", "owner", "lease_until"),
        "joined",
    ),
    "ON CONFLICT DO NOTHING RETURNING seq",
)
"""Nothing when another process was faster."""
TAKE_OVER = Statement(f"""
    UPDATE inbox SET owner = :owner, lease_until = :until, takeovers = takeovers + 1
    WHERE {_BY_ID} AND status = 'running' AND lease_until = :seen
        AND NOT (lease_until > :now AND lease_until <= :latest)
    RETURNING {_ROW}""")
"""A message whose process has died, as it is now: that process, slow and not dead, may have noted what it decided since
the lease was seen."""
LOCK = Statement(f"SELECT seq FROM inbox WHERE {_MINE} FOR UPDATE")
"""The message before its conversation, as everybody locks them."""
NOTE = Statement(f"UPDATE inbox SET decided = :decided WHERE {_MINE} RETURNING seq")
CLOSE = Statement(f"""
    UPDATE inbox SET status = :status, reply = :reply, answered_at = :answered_at
    WHERE {_MINE} RETURNING by_rest""")
ACKNOWLEDGE = Statement(f"UPDATE inbox SET by_rest = TRUE WHERE {_BY_ID} AND status = 'running' RETURNING seq")
UNANSWER = Statement(f"UPDATE inbox SET status = 'unanswered' WHERE {_BY_ID} AND status = 'answered'")
SAY_NOTHING = Statement(f"UPDATE inbox SET reply = :reply WHERE {_BY_ID}")
"""Takes back the reply of a message to which nothing is said after all."""
JOINED_TO = Statement("""
    SELECT seq, text FROM inbox
    WHERE conversation_id = :conversation_id AND seq BETWEEN :first AND :last AND joined = :turn_id ORDER BY seq""")
"""The messages that have joined a message, in their order."""
JOIN = Statement(f"""
    UPDATE inbox SET status = 'answered', reply = :reply, answered_at = :answered_at, joined = :next_turn_id
    WHERE {_MINE} RETURNING seq""")
JOIN_EARLIER = Statement("""
    UPDATE inbox SET joined = :next_turn_id
    WHERE conversation_id = :conversation_id AND seq BETWEEN :first AND :last AND joined = :turn_id""")
"""What had joined a message joins the next one with it."""
NEXT_OPEN = Statement(f"""
    SELECT {_ROW} FROM inbox
    WHERE conversation_id = :conversation_id AND seq > :seq AND status = 'running' ORDER BY seq LIMIT 1""")
"""The next message of the conversation that is not answered."""
ORPHANS = Statement(f"""
    SELECT {_ROW} FROM inbox WHERE {_RESCUABLE} AND NOT (lease_until > :now AND lease_until <= :latest)
    ORDER BY conversation_id, seq LIMIT :most""")
LEFT_UNANSWERED = Statement("""
    SELECT workspace_id, message_id, turn_id, seq FROM inbox
    WHERE status = 'unanswered' OR (status = 'running' AND NOT (lease_until > :now AND lease_until <= :latest))
    ORDER BY lease_until LIMIT :most""")

# --- conversations

PLACE = Statement("""
    INSERT INTO conversations (conversation_id, workspace_id, last_seq, version, state, lease_until, changed_at)
    VALUES (:conversation_id, :workspace_id, 1, 0, '', 0, 0)
    ON CONFLICT (conversation_id) DO UPDATE SET last_seq = conversations.last_seq + 1 RETURNING last_seq""")
"""The next place in a conversation's order of arrival; the first message makes the conversation."""
LEASE = Statement(f"""
    UPDATE conversations SET lease_owner = :holder, lease_until = :until
    WHERE conversation_id = :conversation_id
        AND (NOT (lease_until > :now AND lease_until <= :latest) OR lease_owner = :holder)
        AND NOT EXISTS (
            SELECT 1 FROM inbox WHERE conversation_id = :conversation_id AND seq < :seq AND status = 'running'
                AND ((lease_until > :now AND lease_until <= :latest) OR (:rescues AND {_RESCUABLE}))
        )
    RETURNING version, state, changed_at, held""")
"""The right to run a turn and the state that it starts from, unless somebody has it or an earlier message is open:
one whose process lives or, where messages are rescued, one that somebody will answer."""
END_TURN = Statement("""
    UPDATE conversations SET lease_owner = NULL, lease_until = 0, version = version + 1, state = :state,
        changed_at = :changed_at
    WHERE conversation_id = :conversation_id AND version = :version AND lease_owner = :holder RETURNING held""")
"""Ends a turn; says by which hand-over a person has the conversation by now, if any."""
END_LEASE = Statement("""
    UPDATE conversations SET lease_owner = NULL, lease_until = 0
    WHERE conversation_id = :conversation_id AND version = :version AND lease_owner = :holder RETURNING held""")
"""As END_TURN, and the state stays."""
HELD = Statement("SELECT held FROM conversations WHERE conversation_id = :conversation_id")
"""By which hand-over a person has a conversation, if any."""
GIVE_UP_LEASE = Statement("""
    UPDATE conversations SET lease_owner = NULL, lease_until = 0
    WHERE conversation_id = :conversation_id AND lease_owner = :holder""")

# --- turns and hand-overs

NEW_TURN = _insert(
    "turns",
    (
        *("workspace_id", "turn_id", "conversation_id", "track", "outcome", "intent", "topic", "confidence", "source"),
        *("actions", "rounds", "fallbacks", "timings", "plan_source", "instead", "finished_at"),
    ),
    "ON CONFLICT DO NOTHING",
)
IS_HANDED_OVER = Statement(
    "SELECT handover_id FROM handover_messages WHERE workspace_id = :workspace_id AND turn_id = :turn_id"
)
HAND_OVER = _insert(
    "handovers",
    ("handover_id", "workspace_id", "conversation_id", "address", "kind", "opened_at", "last_at", "business"),
    "ON CONFLICT (conversation_id, kind) WHERE (closed_at IS NULL) DO UPDATE SET last_at = excluded.last_at"
    " RETURNING handover_id",
)
"""Opens one, or adds to the open one of the conversation."""
NEXT_NUMBER = Statement("""
    INSERT INTO handover_numbers (workspace_id, last) VALUES (:workspace_id, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET last = handover_numbers.last + 1 RETURNING last""")
NUMBER = Statement("UPDATE handovers SET number = :number WHERE handover_id = :handover_id")
SAID_MEANWHILE = Statement("UPDATE handovers SET last_at = :at WHERE handover_id = :handover_id")
HANDOVER_MESSAGE = _insert(
    "handover_messages", ("workspace_id", "turn_id", "handover_id", "reason", "text", "at", "unsaid"), ""
)
DUE = _insert(
    "due",
    (
        *("due_id", "workspace_id", "kind", "subject", "conversation_id", "person", "channel", "detail", "status"),
        *("reason", "attempts", "made_at", "due_at", "owner", "lease_until"),
    ),
    "ON CONFLICT DO NOTHING",
)
"""Something to be done at a time; once, however often it is asked for."""

# --- the outbox

_REPLY = (
    *("workspace_id", "conversation_id", "seq", "address", "business", "body", "status", "reason", "attempts", "looks"),
    *("since", "due_at", "tried_at", "owner", "lease_until", "message_sid", "delivery"),
)
POST = _insert(
    "outbox",
    ("outbox_id", *_REPLY),
    "ON CONFLICT (outbox_id) DO UPDATE SET " + ", ".join(f"{column} = excluded.{column}" for column in _REPLY),
)
"""A reply, in place of one that the same message had before."""
IS_BEHIND = Statement("""
    SELECT seq FROM outbox
    WHERE conversation_id = :conversation_id AND status IN ('waiting', 'sending', 'ambiguous') AND since > :recent
    LIMIT 1""")
"""Whether a conversation has a reply on its way by REST, which a later one must not overtake."""
REPLY_STATUS = Statement("SELECT status FROM outbox WHERE outbox_id = :outbox_id")
LEAVE_AGAIN = Statement("""
    UPDATE outbox SET status = 'inline', owner = :owner, lease_until = :until, tried_at = :now
    WHERE outbox_id = :outbox_id AND status IN ('inline', 'handed') AND NOT EXISTS (
        SELECT 1 FROM conversations WHERE conversations.conversation_id = outbox.conversation_id AND held <> '')
    RETURNING seq""")
HANDED = Statement("UPDATE outbox SET status = 'handed' WHERE outbox_id = :outbox_id AND status = 'inline'")
