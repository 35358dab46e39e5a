"""Every error a user can meet, in one tree.

ProductSearchError
├── CatalogueError        a file that holds no product, is empty, binary or of an unknown type
├── SettingsError         a value in the environment, .env or a command line that cannot be used
├── IndexStoreError
│   ├── IndexNotFound     no such catalogue, or nothing was built for it yet
│   ├── IndexDamaged      a file of a build is missing or does not match its checksum
│   └── IndexOutdated     a build of another format version
├── BuildError            a build that could not be finished (the old one keeps serving)
├── ModelUnavailable      an encoder or cross-encoder that cannot be loaded
├── QueryError            a search that was asked for in a way that makes no sense
├── JobError              a background job that could not be started or was not found
├── AnswerError           a question that cannot be answered in the way that was asked for
│   └── ProviderFailed    a writer of answers that cannot be reached, loaded or read (the next one goes on)
├── EvaluationError       queries, judgements or a run that cannot be measured
├── TrainingError         data, settings or a checkpoint from which nothing can be learned
└── DataError             user data or a backup of it that is newer than this version, damaged or unsafe

Each message says what was wrong, where (file, line, id), and what to do about it.
"""


class ProductSearchError(Exception):
    """Root of every error that is meant for a user's eyes."""


class CatalogueError(ProductSearchError):
    """A catalogue file from which not one product can be read."""


class SettingsError(ProductSearchError):
    """A setting whose value cannot be used."""


class IndexStoreError(ProductSearchError):
    """A stored index that cannot be served."""


class IndexNotFound(IndexStoreError):
    """No index of that name."""


class IndexDamaged(IndexStoreError):
    """A file of a build is missing or does not match its checksum."""


class IndexOutdated(IndexStoreError):
    """A build whose format this version does not read."""


class BuildError(ProductSearchError):
    """A build that could not be finished."""


class ModelUnavailable(ProductSearchError):
    """A model that cannot be loaded."""


class QueryError(ProductSearchError):
    """A search with parameters that make no sense."""


class JobError(ProductSearchError):
    """A background job that could not be started or was not found."""


class AnswerError(ProductSearchError):
    """A question that cannot be answered in the way that was asked for."""


class ProviderFailed(AnswerError):
    """A writer of answers that cannot be reached, loaded or read."""


class EvaluationError(ProductSearchError):
    """Queries, judgements or a run that cannot be measured."""


class TrainingError(ProductSearchError):
    """Data, settings or a checkpoint from which nothing can be learned."""


class DataError(ProductSearchError):
    """User data, or a backup of it, that cannot be used."""
