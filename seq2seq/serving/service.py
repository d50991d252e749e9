"""Service: admits requests, and has their texts translated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from seq2seq.serving.api_keys import ApiKeys
from seq2seq.serving.catalogue import Catalogue
from seq2seq.serving.errors import ClientGoneError, RequestError
from seq2seq.serving.html_text import HtmlText
from seq2seq.serving.job import Job
from seq2seq.serving.languages import AUTO, Detected, detect, named, source_of
from seq2seq.serving.metrics import Metrics
from seq2seq.serving.parameters import Parameters
from seq2seq.serving.queue import TranslationQueue
from seq2seq.serving.rate_limit import RateLimit, client_name
from seq2seq.serving.settings import ServiceSettings
from seq2seq.serving.stored_files import StoredFiles
from seq2seq.translation.values import Translation


@dataclass(frozen=True)
class Answer:
    """Translations of the texts of a request.

    Attributes:
        texts: For each text its translations, best first.
        source: Language of the texts, as it was named or detected.
    """

    texts: list[list[str]]
    source: Detected


class Service:
    """What the interfaces share.

    Args:
        settings: Settings of the service.

    Raises:
        CheckpointError: A model directory is damaged.
        ConfigError: A setting is invalid.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.keys = ApiKeys(settings.keys) if settings.keys else None
        self.catalogue = Catalogue(settings.models, memory=settings.memory)
        self.metrics = Metrics(settings.files)
        self.queue = TranslationQueue(
            self.catalogue, self.metrics, limit=settings.queue_limit, timeout=settings.timeout
        )
        self.files = StoredFiles(settings.files)
        self._rates = RateLimit()

    async def admitted(self, request: Request) -> Parameters:
        """Return what a request asks for, after checking its key and counting it.

        Raises:
            RequestError: As for `admit`, or the request cannot be read.
        """
        given = await Parameters.of(request)
        self.admit(request, given)
        return given

    def admit(self, request: Request, given: Parameters) -> None:
        """Check the key of a request, and count it.

        Raises:
            RequestError: The key is missing or wrong, or the client has sent too many requests.
        """
        address = request.client.host if request.client else ""
        client = client_name(address)
        limit = self.settings.req_limit
        if self.keys is not None:
            key = self.keys.find(_key(request, given))
            if key is None:
                self._rates.take(f"wrong {client}", limit=limit)
                raise RequestError(403, "invalid API key")
            client = key.name
            limit = limit if key.limit is None else key.limit
        self._rates.take(client, limit=limit)

    def check_key(self, request: Request) -> None:
        """Check the key in the header of a request, if keys are needed.

        Raises:
            RequestError: It is missing or wrong.
        """
        if self.keys is not None and self.keys.find(_key(request, Parameters({}))) is None:
            raise RequestError(403, "invalid API key")

    def texts(self, given: Parameters, name: str) -> list[str]:
        """Return the texts of a request: one, or those of a list.

        Args:
            given: What the request asks for.
            name: Name of the parameter.

        Raises:
            RequestError: There is none, or they are too many or too long.
        """
        asked = given.texts(name)
        texts = [asked] if isinstance(asked, str) else asked
        self._check_size(texts)
        return texts

    def _check_size(self, texts: Sequence[str]) -> None:
        """Raise RequestError if texts are too many or too long."""
        if len(texts) > self.settings.batch_limit:
            raise RequestError(
                400, f"q: {len(texts):,} texts; at most {self.settings.batch_limit:,} at once"
            )
        characters = sum(map(len, texts))
        if characters > self.settings.char_limit:
            raise RequestError(
                400, f"q: {characters:,} characters; at most {self.settings.char_limit:,} at once"
            )

    async def translate(
        self,
        request: Request,
        texts: Sequence[str],
        *,
        source: str,
        target: str,
        is_html: bool = False,
        alternatives: int = 0,
    ) -> Answer:
        """Translate texts.

        Args:
            request: The request; if its client goes away, the work ends.
            texts: The texts.
            source: Source language, or "auto".
            target: Target language.
            is_html: If true, the texts are HTML, and so are the translations.
            alternatives: Number of translations besides the best one; none for HTML.

        Returns:
            The translations.

        Raises:
            ClientGoneError: The client has closed the connection.
            RequestError: A language is not supported, or too many requests wait.
        """
        pages = await asyncio.to_thread(_pages, texts) if is_html else []
        plain = [text for page in pages for text in page.texts] if is_html else list(texts)
        detected, code = self.languages(plain, source, target)
        if detected.language == code:
            return Answer([[text] for text in texts], detected)
        pair = (detected.language, code)
        self.metrics.count_characters(sum(map(len, texts)))
        nbest = 1 + alternatives * (not is_html)
        found = _texts(await self.run(request, plain, pair, nbest=nbest))
        if not is_html:
            return Answer(found, detected)
        best = iter([one[0] for one in found])
        again = [page.retries([next(best) for _ in page.texts]) for page in pages]
        retried = _texts(await self.run(request, [text for part in again for text in part], pair))
        second = iter([one[0] for one in retried])
        done = [
            page.finish([next(second) for _ in part])
            for page, part in zip(pages, again, strict=True)
        ]
        return Answer([[page] for page in done], detected)

    def languages(self, texts: Sequence[str], source: str, target: str) -> tuple[Detected, str]:
        """Return the languages of a request.

        Args:
            texts: The texts, which say the source language if it is "auto".
            source: Source language, or "auto".
            target: Target language.

        Returns:
            The source language, and the code of the target language.

        Raises:
            RequestError: A language is not supported.
        """
        catalogue = self.catalogue
        code = named(target, catalogue.languages, "target")
        if source.lower() != AUTO:
            return Detected(named(source, catalogue.languages, "source"), 100.0), code
        if code in catalogue.targets:
            return source_of(texts, code, catalogue), code
        return detect(texts, catalogue), code

    def check_pair(self, pair: tuple[str, str]) -> None:
        """Check that there is a model for a source and a target language.

        Raises:
            RequestError: There is none.
        """
        if pair not in self.catalogue.directions:
            raise RequestError(400, f"target: there is no model from {pair[0]} into {pair[1]}")

    async def run(
        self,
        request: Request,
        texts: Sequence[str],
        pair: tuple[str, str],
        *,
        nbest: int = 1,
        alignments: bool = False,
    ) -> list[Translation]:
        """Translate texts in the queue, unless the client goes away.

        Args:
            request: The request.
            texts: The texts.
            pair: Codes of the source and the target language.
            nbest: Number of translations of each text.
            alignments: If true, translations carry word alignments.

        Returns:
            The translations, in the order of the texts.

        Raises:
            ClientGoneError: The client has closed the connection.
            RequestError: There is no such model, or too many requests wait.
        """
        self.check_pair(pair)
        if not texts:
            return []
        future: asyncio.Future[list[Translation]] = asyncio.get_running_loop().create_future()
        job = Job(texts, self.catalogue.directions[pair], nbest, future, alignments=alignments)
        self.queue.submit(job)
        gone = asyncio.create_task(_wait_until_gone(request))
        try:
            either: set[asyncio.Future[Any]] = {job.future, gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            job.cancelled = True
            gone.cancel()
        if not job.future.done():
            self.metrics.count_cancelled()
            raise ClientGoneError
        return job.future.result()


def _texts(translations: Sequence[Translation]) -> list[list[str]]:
    """Return the texts of each n-best list."""
    return [
        [one.text for one in translation.alternatives] or [translation.source]
        for translation in translations
    ]


def _pages(texts: Sequence[str]) -> list[HtmlText]:
    return [HtmlText(text) for text in texts]


def alternatives_of(texts: Sequence[str]) -> list[str]:
    """Return the translations after the best one, without those that are the same."""
    return [text for text in dict.fromkeys(texts) if text != texts[0]]


def _key(request: Request, given: Parameters) -> str:
    """Return the key of a request, from its header or its parameters."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("deepl-auth-key", "bearer"):
        return value.strip()
    return given.text("api_key", "") or given.text("apiKey", "") or given.text("auth_key", "")


async def _wait_until_gone(request: Request) -> None:
    """Return once the client has closed the connection. The body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
