"""The newest answers: loaded once, and again when a run has published newer tables."""

import gc
from dataclasses import dataclass

import structlog

from basketry.recommend.settings import RecommendSettings
from basketry.serve.answers import Answers, load, versions_of
from basketry.tables.snapshot import snapshot

log = structlog.get_logger("serve")


@dataclass
class Published:
    """`answers` is replaced as a whole: a request that holds the older one finishes with it."""

    root: str
    settings: RecommendSettings
    answers: Answers
    reload_failed: bool = False

    def refresh(self) -> bool:
        """Whether newer answers were loaded. Tables that cannot be read leave the older ones in place."""
        try:
            lake = snapshot(self.root)
            newer = versions_of(lake) != self.answers.versions
            if newer:
                log.info("reload")
                self._put(load(lake, self.settings))
            self.reload_failed = False
        # Whatever is wrong with the newer tables, the older ones still answer, and the next look may do better.
        except Exception as error:
            self.reload_failed, newer = True, False
            log.warning("reload failed", error=str(error))
        return newer

    def _put(self, answers: Answers) -> None:
        self.answers = answers
        settle()
        log.info("answers from", version=answers.version, tables=answers.versions)


def publish(root: str, settings: RecommendSettings) -> Published:
    """Raises MissingInputError naming the first table that is not there."""
    found = Published(root, settings, load(snapshot(root), settings))
    settle()
    return found


def settle() -> None:
    """Keep the garbage collector from going through what stays: a full pass would hold up every request."""
    gc.collect()
    gc.freeze()
