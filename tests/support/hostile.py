"""Twenty product names that try to run, to break out, or to be a formula."""

HOSTILE = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "{{ 7 * 7 }}{% raw %}",
    "${window.pwned=1}",
    "</title></svg><iframe src=javascript:window.pwned=1>",
    "]]><script>window.pwned=1</script>",
    "<!-- --><script>window.pwned=1</script>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "</td></tr></table><form action=//evil.example><input name=x>",
    "<style>body{display:none}</style>",
    "<base href=//evil.example>",
    '=HYPERLINK("http://evil.example","x")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "$\\frac{1}{0}$ and $unclosed",
    "\u202egnp.exe \u202d 😀 \t tab \x01\x1b[31m",
)
