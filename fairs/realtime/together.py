"""Questions of many sockets that come in one moment, read in one hop."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """What is asked while a hop is under way goes together in the next; who asks alone goes at once.

    `hop` answers a list of questions in order. Where one of several cannot be answered each is asked again by itself.
    """

    def __init__(self, hop: Callable[[Sequence[Question]], Awaitable[list[Answer]]], at_most: int) -> None:
        self._hop, self._at_most = hop, at_most
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._task: asyncio.Task | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer to one question."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                count = min(len(self._waiting), self._at_most)
                taken = [self._waiting.popleft() for _ in range(count)]
                # Who went meanwhile is not asked for.
                await self._answer([one for one in taken if not one[1].done()])
        finally:
            self._task = None

    async def _answer(self, asked: list[tuple[Question, asyncio.Future[Answer]]]) -> None:
        if not asked:
            return
        try:
            found = await self._hop([question for question, _answer in asked])
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to who asked
            if len(asked) > 1:
                for one in asked:
                    await self._answer([one])
            elif not asked[0][1].done():
                asked[0][1].set_exception(error)
            return
        for (_question, answer), value in zip(asked, found, strict=True):
            if not answer.done():
                answer.set_result(value)
