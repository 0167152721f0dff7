package templates

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"keur/templates/lang"
)

// blockOf draws the block of a placement from its picture and words: tables
// and inline styles, since Outlook and older phones know little else. Classes
// let a template restyle it, for instance in dark mode.
func blockOf(p *Placement, label Label) string {
	accent := label.Accent
	if accent == "" {
		accent = "#1f2933"
	}
	var b strings.Builder
	b.WriteString(`<table class="placement" role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0" style="border-collapse:collapse">`)
	if p.Picture.URL != "" {
		fmt.Fprintf(&b, `<tr><td style="padding:0 0 20px;font-size:0;line-height:0">%s</td></tr>`, linked(p, pictureOf(p.Picture), "display:block;text-decoration:none"))
	}
	if p.Heading != "" {
		fmt.Fprintf(&b, `<tr><td class="placement-heading" style="padding:0 24px 10px;%sfont-size:24px;line-height:31px;font-weight:700;color:#1f2933"><h2 style="margin:0;font-size:24px;line-height:31px;font-weight:700;letter-spacing:-0.3px">%s</h2></td></tr>`,
			blockFont, linked(p, escapeTagged(p.Heading), "color:inherit;text-decoration:none"))
	}
	for paragraph := range strings.SplitSeq(lang.Normalise(p.Text), "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			fmt.Fprintf(&b, `<tr><td class="placement-text" style="padding:0 24px 16px;%sfont-size:16px;line-height:25px;color:#3e4c59"><p style="margin:0">%s</p></td></tr>`,
				blockFont, strings.ReplaceAll(escapeTagged(paragraph), "\n", "<br>"))
		}
	}
	if p.Voucher && !voucherTag.MatchString(p.Heading+p.Text+p.Button) {
		b.WriteString(voucherBox)
	}
	if p.Button != "" && p.URL != "" {
		b.WriteString(buttonOf(p, accent))
	}
	if p.Advertiser != "" {
		fmt.Fprintf(&b, `<tr><td class="placement-note quiet" style="padding:0 24px 28px;%sfont-size:12px;line-height:18px;color:#5f6672">{{words.advertisement}} · %s</td></tr>`, blockFont, escapeTagged(p.Advertiser))
	}
	b.WriteString(`</table>`)
	return b.String()
}

const blockFont = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Helvetica,Arial,sans-serif;"

var voucherTag = regexp.MustCompile(`\{\{[^{}]*\bvoucher\b`)

// voucherBox shows the member's code so that it can be picked up whole.
const voucherBox = `<tr><td class="placement-voucher" style="padding:4px 24px 16px"><table role="presentation" border="0" cellpadding="0" cellspacing="0" style="border-collapse:separate"><tr><td class="placement-code" style="padding:12px 20px;border:1px dashed #9aa3ad;border-radius:6px;background:#f7f7f5;` + blockFont + `font-size:14px;line-height:22px;color:#1f2933">{{words.voucher}}: <strong style="font-family:Menlo,Consolas,monospace;font-size:17px;letter-spacing:1px">{{voucher}}</strong></td></tr></table></td></tr>`

// divider stands between two blocks.
const divider = `<table class="placement-divider" role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0"><tr><td style="padding:0 24px 28px"><div style="height:1px;line-height:1px;font-size:0;border-top:1px solid #e4e1da">&nbsp;</div></td></tr></table>`

// pictureOf returns the img of a picture, as wide as the column at most.
func pictureOf(p Picture) string {
	size := ""
	if p.Width > 0 && p.Height > 0 {
		width := min(p.Width, 600)
		size = fmt.Sprintf(` width="%d" height="%d"`, width, p.Height*width/p.Width)
	}
	return fmt.Sprintf(`<img src="%s" alt="%s"%s border="0" style="display:block;width:100%%;max-width:%dpx;height:auto;margin:0 auto;border:0;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;color:#3e4c59">`,
		escapeTagged(p.URL), escapeTagged(p.Alt), size, min(max(p.Width, 1), 600))
}

// buttonOf returns the button: a cell with a colour, so that all of it shows
// where padding of links is ignored.
func buttonOf(p *Placement, accent string) string {
	return fmt.Sprintf(`<tr><td class="placement-button-cell" style="padding:8px 24px 20px"><table class="placement-button-table" role="presentation" border="0" cellpadding="0" cellspacing="0" style="border-collapse:separate"><tr><td class="placement-button" align="center" bgcolor="%s" style="border-radius:6px;background:%s">%s</td></tr></table></td></tr>`,
		html.EscapeString(accent), html.EscapeString(accent),
		linked(p, escapeTagged(p.Button), "display:inline-block;padding:14px 28px;"+blockFont+"font-size:16px;line-height:20px;font-weight:700;color:#ffffff;text-decoration:none;border-radius:6px"))
}

// linked wraps markup in a link to the placement's address, if it has one.
func linked(p *Placement, markup, style string) string {
	if p.URL == "" {
		return markup
	}
	return fmt.Sprintf(`<a href="%s" target="_blank" style="%s">%s</a>`, escapeTagged(p.URL), style, markup)
}

// escapeTagged escapes a text as HTML, but leaves its tags.
func escapeTagged(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "{{")
		if i < 0 {
			break
		}
		end := lang.TagEnd(s[i:])
		if end < 0 {
			break
		}
		b.WriteString(html.EscapeString(s[:i]))
		b.WriteString(s[i : i+end])
		s = s[i+end:]
	}
	b.WriteString(html.EscapeString(s))
	return b.String()
}
