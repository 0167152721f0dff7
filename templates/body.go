package templates

import (
	"fmt"
	"hash/fnv"
	"slices"

	"keur/templates/lang"
)

// bodyOf puts the two parts together as multipart/alternative (RFC 2046
// §5.1.4), the plainest first. Its steps begin and end at the start of a line of
// quoted-printable text, so that any may be left out.
func bodyOf(text, markup []lang.Piece) lang.Steps {
	boundary := boundaryOf(text, markup)
	a := lang.NewAssembler(appendQuoted)
	a.Literal(fmt.Appendf(nil, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary))
	for _, part := range []struct {
		subtype string
		pieces  []lang.Piece
	}{{"plain", text}, {"html", markup}} {
		a.Literal(fmt.Appendf(nil, "--%s\r\nContent-Type: text/%s; charset=utf-8\r\n"+
			"Content-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, part.subtype))
		a.Add(slices.Concat(part.pieces, []lang.Piece{lang.Static("\n")}))
		a.Literal([]byte("\r\n"))
	}
	a.Literal(fmt.Appendf(nil, "--%s--\r\n", boundary))
	return a.Steps()
}

// boundaryOf returns a boundary that depends only on the content. The =_ in it
// can't occur in quoted-printable text.
func boundaryOf(parts ...[]lang.Piece) string {
	h := fnv.New64a()
	for _, pieces := range parts {
		for _, p := range pieces {
			_, _ = h.Write(p.Text) // a hash never returns an error
		}
	}
	return fmt.Sprintf("=_keur_%016x", h.Sum64())
}

// finish escapes and encodes dst[start:]. Most names and addresses pass as
// they are, with a soft line end behind them.
func finish(dst []byte, start int, escape lang.Escaping, foreign bool) []byte {
	value := dst[start:]
	switch {
	case len(value) == 0:
		return dst
	case len(value) < quotedWidth && lang.Harmless(value, escape, foreign):
		return append(dst, '=', '\r', '\n')
	}
	return lang.Rewrite(dst, start, func(dst, value []byte) []byte {
		end := len(dst)
		dst = lang.AppendEscaped(dst, value, escape, foreign)
		return lang.Rewrite(dst, end, appendQuoted)
	})
}
