"""Listings are found with their places and surroundings."""

from __future__ import annotations

import pytest

from tests.docs.listings import with_surroundings

PAGE = """\
Text.
<!-- folder custom/..data -->
<!-- file empty.conf -->
<!-- file two.conf
log
errors
-->

```corefile file=common.conf
errors
```

- In a list, with <!-- env A=x\\ny --> a variable:

  ```corefile accept
  . {
      import common.conf
  }
  ```
  ```text words
  .
      errors
  ```

````text
```
````
"""


def test_a_listing_has_its_line_language_and_expectation() -> None:
    first, second, third = with_surroundings("a.md", PAGE)
    assert [str(listing) for listing in (first, second, third)] == ["a.md:9", "a.md:15", "a.md:25"]
    assert (first.language, first.name, first.expectation) == ("corefile", "common.conf", ())
    assert (second.language, second.name, second.expectation) == ("corefile", None, ("accept",))
    assert third.text == "```\n"


def test_indentation_of_a_fence_is_no_part_of_the_text() -> None:
    assert with_surroundings("a.md", PAGE)[1].text == ". {\n    import common.conf\n}\n"


def test_a_listing_has_the_files_before_it_and_the_variables_just_before_it() -> None:
    first, second, third = with_surroundings("a.md", PAGE)
    files = {"empty.conf": "", "two.conf": "log\nerrors\n", "common.conf": "errors\n"}
    assert first.files == second.files == third.files == files
    assert [listing.env for listing in (first, second, third)] == [{}, {"A": "x\ny"}, {}]
    assert second.folders == ("custom/..data",)


def test_a_view_belongs_to_the_corefile_before_it() -> None:
    shown = with_surroundings("a.md", PAGE)[1].shows
    assert shown is not None
    assert (shown.expectation, shown.text) == (("words",), ".\n    errors\n")


def test_a_listing_without_an_end_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match=r"a\.md:2"):
        with_surroundings("a.md", "text\n```corefile\n")
