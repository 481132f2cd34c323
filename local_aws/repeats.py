"""Answers to repeated calls: a client that lost the answer to a write must not be refused for its own first try.

Under load an answer can get lost between emulator and client. The SDK repeats the call, and what its first try made is
then in the way: a lock that nobody else holds, a budget's notification that exists already. The SDKs number the tries
of a call below one id, so the repetition is known as such and gets the answer that was lost.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict

from local_aws.messages import Request, Response

CALL_HEADER = "amz-sdk-invocation-id"
TRY_HEADER = "amz-sdk-request"
# A repetition follows within seconds; Terraform makes some hundred calls a minute.
KEPT_CALLS = 512
KEPT_BYTES = 64 * 1024
Call = tuple[str, str, str, int]


class GivenAnswers:
    """Answers to the last writes that succeeded, by the SDK's id of the call. Errors are repeated on purpose."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Call, Response] = OrderedDict()
        self._lock = threading.Lock()

    def lost(self, request: Request) -> Response | None:
        """Answer that an earlier try of this call was given; None for a first try."""
        tried = re.search(r"attempt=(\d+)", request.headers.get(TRY_HEADER, ""))
        if tried is None or int(tried[1]) < 2:
            return None
        with self._lock:
            return self._answers.get(_call(request))

    def remember(self, request: Request, answer: Response) -> None:
        """Keep an answer, before it is sent, if its call changes something and it is small."""
        reads = request.method in ("GET", "HEAD")
        if CALL_HEADER not in request.headers or reads or answer.status >= 300 or len(answer.body) > KEPT_BYTES:
            return
        with self._lock:
            self._answers[_call(request)] = answer
            if len(self._answers) > KEPT_CALLS:
                self._answers.popitem(last=False)


def _call(request: Request) -> Call:
    """What every try of one call has in common, and no other call."""
    return request.headers.get(CALL_HEADER, ""), request.method, request.path, hash(request.body)
