"""
What was shown last, to whom about whom: so that a repeated card can be folded.

Remembered in this process alone, for the last few thousand views, as keyed hashes: neither a
person nor advice can be read from them, and the key ends with the process.
"""

import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from cds_hooks.cards.fold import advice, folded, may_fold
from cds_hooks.protocol.request import HookRequest

MOST = 10_000


class Repeats:
    """The memory of one process; safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        # who saw whom → what was said, and the day on which it was said first; the oldest first
        self._shown: OrderedDict[bytes, tuple[bytes, date]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._shown)

    def fold(
        self, service: str, asked: HookRequest, cards: Sequence[dict[str, Any]], today: date
    ) -> list[dict[str, Any]]:
        """The same cards, folded where this user has seen the same about this patient."""
        if asked.user_id is None:  # nobody of whom could be said that they have seen it
            return list(cards)
        who = self._hash([service, asked.fhir_server or "", asked.user_id, asked.patient_id])
        if not cards or not all(may_fold(card) for card in cards):
            with self._lock:
                self._shown.pop(who, None)
            return list(cards)
        said = self._hash([advice(card).decode() for card in cards])
        since = self._since(who, said, today)
        return list(cards) if since is None else [folded(one, since, today) for one in cards]

    def _since(self, who: bytes, said: bytes, today: date) -> date | None:
        """The day on which the same was said first; None: now."""
        with self._lock:
            before = self._shown.pop(who, None)
            is_same = before is not None and hmac.compare_digest(before[0], said)
            since = before[1] if before is not None and is_same else None
            self._shown[who] = (said, since or today)
            while len(self._shown) > self._most:
                self._shown.popitem(last=False)
        return since

    def _hash(self, parts: Sequence[str]) -> bytes:
        return hmac.digest(self._key, msgspec.json.encode(parts), "sha256")
