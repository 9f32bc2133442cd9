"""Personal data, sealed under a key for each subject: without the key it can't be read, in no copy and no backup."""

from tallygate.events.forgetting.cached import CachedVault
from tallygate.events.forgetting.memory import MemoryKeyVault
from tallygate.events.forgetting.personal import Personal, personal, personal_fields
from tallygate.events.forgetting.sealing import Sealer, subjects_in
from tallygate.events.forgetting.vault import KeyVault, SubjectForgotten, UnknownSubject, VaultUnusable

__all__ = [
    "CachedVault",
    "KeyVault",
    "MemoryKeyVault",
    "Personal",
    "Sealer",
    "SubjectForgotten",
    "UnknownSubject",
    "VaultUnusable",
    "personal",
    "personal_fields",
    "subjects_in",
]
