"""The plot of one benchmark: how many rows a second each contestant loaded, piece of work by piece of work, as one SVG.

Plain text without a library: bars of one scale, with the spread as a line over their ends. Works on light and dark pages.
"""

from xml.sax.saxutils import escape

from contestants import MEANING

WIDTH, LABELS, BAR, GAP, FIGURES = 960, 370, 16, 6, 130
LIMIT, OURS = "#8a8f98", "#2f6fde"


def rows_per_second(summary, order):
    """The document's text. Bars of the server alone are grey, ours are blue."""
    longest = max(entry["rows_per_second"] for entry in summary.values())
    scale = (WIDTH - LABELS - FIGURES) / longest
    y, parts = 30, [_text(8, 18, "Rows a second; the line is the spread of the repetitions", "bold")]
    for work, contestants in order.items():
        parts.append(_text(8, y + 14, work, "bold"))
        y += 22
        for contestant in contestants:
            entry = summary[f"{work}.{contestant}"]
            parts += _bar(y, contestant, entry, scale)
            y += BAR + GAP
        y += 10
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="12">'
    ground = f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>'
    return "\n".join([head, ground, *parts, "</svg>", ""])


def _bar(y, contestant, entry, scale):
    rate, spread = entry["rows_per_second"], entry["spread"]
    width, half = rate * scale, rate * scale * spread / 2
    color = LIMIT if contestant.startswith(("server", "psql")) else OURS
    middle = y + BAR / 2
    return [
        _text(LABELS - 8, y + 12, MEANING[contestant], anchor="end"),
        f'<rect x="{LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{color}"/>',
        f'<line x1="{LABELS + width - half:.1f}" x2="{LABELS + width + half:.1f}" y1="{middle}" y2="{middle}" stroke="#222222"/>',
        _text(LABELS + width + half + 6, y + 12, f"{rate:,}"),
    ]


def _text(x, y, text, weight="normal", anchor="start"):
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}" text-anchor="{anchor}" fill="#222222">{escape(text)}</text>'
