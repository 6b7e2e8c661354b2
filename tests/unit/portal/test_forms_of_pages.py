"""What journeys send is what a browser would: also what stands in lists and in fields of several lines."""

from deploy.demo.forms import form_with

PAGE = """
<form action="/a" method="post">
<select name="unchosen"><option value="">Choose</option><option value="x">X</option></select>
<select name="chosen"><option value="">Choose</option><option value="x" selected>X</option></select>
<textarea name="words">Two &lt;lines&gt;
of text</textarea>
<input name="line" value="one"><button name="more" value="row">More</button>
</form>
"""


def test_a_form_holds_what_a_browser_would_send() -> None:
    form = form_with(PAGE, "line")

    assert form.fields == {
        "unchosen": "",
        "chosen": "x",
        "words": "Two <lines>\nof text",
        "line": "one",
    }
    assert form.buttons == [("more", "row")]
