"""Where a sandbox keeps its objects: one file a store, one line each in `STORES`."""

from brownout.core.store import Store
from brownout.stores.memory import MemoryStore

STORES: dict[str, type[Store]] = {
    "memory": MemoryStore,
}
