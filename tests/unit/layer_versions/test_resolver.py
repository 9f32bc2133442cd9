"""Which version is taken, and what is said where there is none."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallygate.errors import InvalidInput
from tallygate.layer_versions.layer_version import LayerVersion
from tallygate.layer_versions.memory import MemoryCatalogue
from tallygate.layer_versions.reference import Reference
from tallygate.layer_versions.resolver import NoLayerVersion, newest
from tallygate.layer_versions.wanted import Wanted

A, B = "a" * 64, "b" * 64
RUNTIMES, ARCHITECTURES, CONTENTS = ("python3.12", "python3.13"), ("arm64", "x86_64"), (A, B)


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    made = MemoryCatalogue()
    made.publish("pandas", f"content {A}", runtimes=["python3.13"], architectures=["arm64"])
    made.publish("pandas", f"content {B}", runtimes=["python3.13"], architectures=["arm64"])
    made.publish("pandas", f"content {B}", runtimes=["python3.12", "python3.13"], architectures=["x86_64"])
    made.publish("pandas", "by hand", runtimes=["nodejs22.x"])
    return made


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (Wanted(layer="pandas"), 4),
        (Wanted(layer="pandas", runtime="nodejs22.x", architecture="arm64"), 4),  # it names no processor
        (Wanted(layer="pandas", runtime="python3.13"), 3),
        (Wanted(layer="pandas", runtime="python3.12"), 3),
        (Wanted(layer="pandas", runtime="python3.13", architecture="arm64"), 2),
        (Wanted(layer="pandas", content=B), 3),
        (Wanted(layer="pandas", content=A), 1),
        (Wanted(layer="arn:aws:lambda:us-east-1:000000000000:layer:pandas", content=A), 1),
    ],
)
def test_the_newest_that_fits_is_taken(catalogue: MemoryCatalogue, wanted: Wanted, number: int) -> None:
    assert newest(catalogue, wanted).number == number


def test_content_that_comes_back_is_its_newest_version(catalogue: MemoryCatalogue) -> None:
    catalogue.publish("pandas", f"content {A}")
    assert newest(catalogue, Wanted(layer="pandas", content=A)).number == 5


def test_a_deleted_version_is_not_taken(catalogue: MemoryCatalogue) -> None:
    catalogue.delete("pandas", 4)
    assert newest(catalogue, Wanted(layer="pandas")).number == 3


REFUSALS = [
    (
        Wanted(layer="pandsa", runtime="python3.13"),
        (
            "there is no version of the layer pandsa for python3.13: the layer has no versions, or does not exist; "
            "layers with similar names are pandas. Mend the name, or deploy what publishes it first"
        ),
    ),
    (
        Wanted(layer="numpy"),
        (
            "there is no version of the layer numpy: the layer has no versions, or does not exist; there are the "
            "layers pandas. Mend the name, or deploy what publishes it first"
        ),
    ),
    (
        Wanted(layer="arn:aws:lambda:us-east-1:111122223333:layer:pandas"),
        "it was looked for in account 111122223333, Region us-east-1",
    ),
    (
        Wanted(layer="pandas", runtime="python3.14", architecture="arm64"),
        (
            "there is no version of the layer pandas for python3.14 on arm64: there are the versions 4 (nodejs22.x, "
            f"'by hand'), 3 (python3.12, python3.13, x86_64, 'content {B}'), 2 (python3.13, arm64, 'content {B}'), "
            f"1 (python3.13, arm64, 'content {A}'). To mend it, publish one, or ask for one of those that there are"
        ),
    ),
    (
        Wanted(layer="pandas", content="c" * 64),
        "To mend it, deploy the stack that publishes the layer first",
    ),
]


@pytest.mark.parametrize(("wanted", "message"), REFUSALS)
def test_what_is_not_there_is_told_with_what_is(catalogue: MemoryCatalogue, wanted: Wanted, message: str) -> None:
    with pytest.raises(NoLayerVersion, match=re.escape(message)):
        newest(catalogue, wanted)


def test_of_many_versions_the_newest_are_told() -> None:
    catalogue = MemoryCatalogue()
    for _ in range(30):
        catalogue.publish("pandas", "x" * 256)
    with pytest.raises(NoLayerVersion, match=r"the versions 30 .* 23 .*and 22 older\. To mend it") as told:
        newest(catalogue, Wanted(layer="pandas", content=A))
    assert len(str(told.value)) < 4000


def test_without_any_layer_that_is_said() -> None:
    with pytest.raises(NoLayerVersion, match="there are no layers in this account and Region"):
        newest(MemoryCatalogue(), Wanted(layer="pandas"))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"layer": "pan das"}, "'pan das' is no layer: give its name (1 to 140 of a-z, A-Z, 0-9, - and _), or its ARN"),
        ({"layer": ""}, "'' is no layer"),
        ({"layer": "x" * 141}, "is no layer"),
        ({"layer": "arn:aws:lambda:us-east-1:12:layer:x"}, "is no layer"),
        ({"layer": "arn:aws:lambda:us-east-1:111122223333:layer:x:7"}, "names a version already"),
        ({"layer": "x", "runtime": "3.13"}, "the runtime '3.13' is malformed: give Lambda's word for it, like python3"),
        ({"layer": "x", "runtime": "Python3.13"}, "the runtime 'Python3.13' is malformed"),
        ({"layer": "x", "architecture": "arm"}, "the architecture 'arm' is none: give arm64 or x86_64"),
        ({"layer": "x", "content": "newest"}, "the content 'newest' is no hash: expected 64 hexadecimal digits"),
    ],
)
def test_bad_input_is_refused(bad: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(message)):
        Wanted(**bad)


@pytest.mark.parametrize("runtime", ["python3.13", "nodejs22.x", "java8.al2", "provided.al2023", "dotnet8", "go1.x"])
def test_lambdas_words_for_runtimes_are_taken(runtime: str) -> None:
    assert Wanted(layer="x", runtime=runtime).runtime == runtime


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("pandas", None),
        ("arn:aws-cn:lambda:cn-north-1:111122223333:layer:pandas", None),
        ("arn:aws:lambda:us-east-1:111122223333:layer:pandas:24", 24),
        ("arn:aws:lambda:::awslayer:AmazonLinux1803", 0),
    ],
)
def test_a_reference_says_whether_it_names_a_version(text: str, version: int | None) -> None:
    found = Reference.parse(text)
    assert (found.version, found.qualified) == (version, version is not None)


class Published:
    """A catalogue of these versions, published in this order."""

    def __init__(self, versions: list[LayerVersion]) -> None:
        self._catalogue = MemoryCatalogue()
        for version in versions:
            self._catalogue.publish(
                "layer", version.description, runtimes=version.runtimes, architectures=version.architectures
            )

    def versions(self, layer: str) -> Iterator[LayerVersion]:
        return self._catalogue.versions(layer)

    def names(self) -> Iterator[str]:
        return self._catalogue.names()


versions = st.lists(
    st.builds(
        LayerVersion,
        arn=st.just(""),
        number=st.just(0),
        description=st.sampled_from(["", *(f"content {content}" for content in CONTENTS)]),
        runtimes=st.lists(st.sampled_from(RUNTIMES), unique=True).map(tuple),
        architectures=st.lists(st.sampled_from(ARCHITECTURES), unique=True).map(tuple),
    ),
    max_size=12,
)
wanteds = st.builds(
    Wanted,
    layer=st.just("layer"),
    runtime=st.sampled_from(["", *RUNTIMES]),
    architecture=st.sampled_from(["", *ARCHITECTURES]),
    content=st.sampled_from(["", *CONTENTS]),
)


@given(versions, wanteds)
def test_it_is_the_last_published_of_those_that_fit(published: list[LayerVersion], wanted: Wanted) -> None:
    def fits(version: LayerVersion) -> bool:
        return (
            (not wanted.runtime or not version.runtimes or wanted.runtime in version.runtimes)
            and (not wanted.architecture or not version.architectures or wanted.architecture in version.architectures)
            and wanted.content in version.description
        )

    numbers = [number for number, version in enumerate(published, start=1) if fits(version)]
    try:
        assert newest(Published(published), wanted).number == numbers[-1]
    except NoLayerVersion:
        assert numbers == []
