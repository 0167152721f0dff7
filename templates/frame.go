package templates

import (
	"slices"
	"strings"

	"keur/templates/lang"
)

// The preheader is hidden at the top, by style that costs no point at
// SpamAssassin, as a transparent colour does. Behind it comes white space, so
// that inboxes don't fill up their line with the text below.
const (
	preheaderOpen = `<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all;` +
		`font-size:1px;line-height:1px">`
	preheaderSpace = "&zwnj;&nbsp;"
	preheaderClose = "</div>\n"
	preheaderFill  = 60
	pixelOpen      = `<img src="`
	pixelClose     = `" width="1" height="1" alt="" border="0" style="display:block;width:1px;height:1px;border:0">`
	honeypotOpen   = `<a href="`
	honeypotClose  = `" style="display:none;mso-hide:all;font-size:0;line-height:0" tabindex="-1" aria-hidden="true"></a>`
	pixelLimit     = 95_000 // bytes before the pixel: Gmail clips a message after about 102 kB
)

// framed returns the markup's pieces with the preheader after <body>, and the
// hidden link and the pixel before </body>, or at the top when the document is
// long.
func framed(pieces, preheader []lang.Piece) []lang.Piece {
	top, bottom := 0, len(pieces)
	for i, p := range pieces {
		switch p.Kind {
		case lang.Top:
			top = i
		case lang.Bottom:
			bottom = i
		}
	}
	bottom = max(top, bottom)
	if len(preheader) > 0 {
		preheader = slices.Concat(
			[]lang.Piece{lang.StaticPiece(preheaderOpen)}, preheader,
			[]lang.Piece{lang.StaticPiece(strings.Repeat(preheaderSpace, preheaderFill) + preheaderClose)})
	}
	// Programs that check mail follow every link, also the one that nobody sees.
	pixel := []lang.Piece{
		lang.StaticPiece(honeypotOpen), madeByUs(lang.HoneypotAddress()), lang.StaticPiece(honeypotClose),
		lang.StaticPiece(pixelOpen), madeByUs(lang.PixelAddress()), lang.StaticPiece(pixelClose),
	}
	if sizeOf(pieces[:bottom]) >= pixelLimit {
		return slices.Concat(pieces[:top], preheader, pixel, pieces[top:])
	}
	return slices.Concat(pieces[:top], preheader, pieces[top:bottom], pixel, pieces[bottom:])
}

// madeByUs returns the piece of an address that no person follows.
func madeByUs(address *lang.Value) lang.Piece {
	return lang.Piece{Kind: lang.Show, Value: address, Escape: lang.EscapeAttribute, Hidden: true}
}

// sizeOf estimates how many bytes pieces become.
func sizeOf(pieces []lang.Piece) int {
	n := 0
	for _, p := range pieces {
		switch {
		case p.Link() >= 0:
			n += 100
		case p.Kind == lang.Show:
			n += 40
		default:
			n += len(p.Text)
		}
	}
	return n
}
