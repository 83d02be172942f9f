"""Wrong requests: 4xx with a message that says what and where; never a 5xx."""

from urllib.parse import quote

import hypothesis
import pytest
import schemathesis


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"items": "i00"}, "body.items: Input should be a valid list"),
        ({"items": [1]}, "body.items.0: Input should be a valid string"),
        ({"items": [None]}, "body.items.0"),
        ({"items": [""]}, "body.items.0: String should have at least 1 character"),
        ({"items": ["a\u0000b"]}, "body.items.0: String should match pattern"),
        ({"items": ["x" * 201]}, "at most 200 characters"),
        ({"items": ["i00"] * 201}, "body.items: List should have at most 200 items after validation, not 201"),
        ({"items": ["i00"], "k": 0}, "body.k: Input should be greater than or equal to 1"),
        ({"items": ["i00"], "k": 101}, "body.k: Input should be less than or equal to 100"),
        ({"items": ["i00"], "k": 1.5}, "body.k: Input should be a valid integer"),
        ({"items": ["i00"], "user": "u1"}, "body.user: Extra inputs are not permitted"),
        ({}, "body.items: Field required"),
        ([], "body: Input should be a valid dictionary"),
    ],
)
def test_a_wrong_cart_is_told_what_is_wrong_and_where(client, body, said):
    given = client.post("/cart", json=body)
    assert given.status_code == 422
    assert said in given.json()["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"items": ["\\ud800"]}', b'{"items": [' * 5000, b"NaN"])
def test_a_body_that_is_no_json_is_refused(client, content):
    given = client.post("/cart", content=content, headers={"content-type": "application/json"})
    assert given.status_code in (400, 422)
    assert given.json()["detail"]


def test_a_huge_body_is_refused_before_it_is_read_whole(client):
    read = []

    def endless():
        for number in range(1000):
            read.append(number)
            yield b" " * 10_000

    given = client.post("/cart", content=endless(), headers={"content-type": "application/json"})
    assert given.status_code == 413
    assert given.json() == {"detail": "body: larger than serve.max_body_bytes = 65,536"}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/items/%00/associations", 422, "path.item_id"),
        ("/items/" + "x" * 201 + "/associations", 422, "path.item_id"),
        ("/items//associations", 422, "path.item_id"),
        ("/items/i00/associations?k=0", 422, "query.k"),
        ("/items/i00/associations?k=1000000", 422, "query.k"),
        ("/items/i00/associations?direction=up", 422, "query.direction"),
        ("/users/u1/recommendations?list=all", 422, "query.list"),
        ("/users/u1/recommendations?k=ten", 422, "query.k"),
        ("/nowhere", 404, "Not Found"),
        ("/cart", 405, "Method Not Allowed"),
    ],
)
def test_a_wrong_address_is_refused(client, path, status, said):
    given = client.get(path)
    assert (given.status_code, given.json()["detail"][: len(said)]) == (status, said)


@pytest.mark.parametrize("item", ["a/b", "../../etc/passwd", "a b", "ß😀", "<script>", "a?b", "a#b"])
def test_any_text_may_be_an_id(client, item):
    given = client.get(f"/items/{quote(item, safe='')}/associations")
    assert (given.status_code, given.json()["item_id"]) == (200, item)


def test_every_answer_says_json_and_lets_nothing_run(client):
    for given in (client.get("/health"), client.get("/nowhere"), client.post("/cart", json={"items": 1})):
        assert given.headers["content-type"] == "application/json"
        assert given.headers["x-content-type-options"] == "nosniff"
        assert given.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_openapi_page_loads_nothing_from_elsewhere(client):
    page = client.get("/docs").text
    assert "//cdn" not in page and "https://" not in page
    script = page.split('<script src="', 1)[1].split('"', 1)[0]
    assert client.get(script).status_code == 200


def test_no_request_of_the_schema_or_beside_it_is_a_fault(app):
    """schemathesis: no 5xx, documented statuses and shapes only, wrong requests refused, right ones answered."""
    operations = [found.ok() for found in schemathesis.openapi.from_asgi("/openapi.json", app).get_all_operations()]
    assert len(operations) == 5
    right, wrong = schemathesis.GenerationMode
    for operation in operations:
        # Nothing can be wrong in a request that has nothing in it.
        for mode in (right,) if operation.path in ("/health", "/version") else (right, wrong):

            @hypothesis.settings(max_examples=40, deadline=None, derandomize=True)
            @hypothesis.given(operation.as_strategy(generation_mode=mode))
            def fuzz(case):
                case.call_and_validate()

            fuzz()
