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
	return slices.Concat(
		literal("Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary),
		partOf("plain", boundary, text),
		partOf("html", boundary, markup),
		literal("--%s--\r\n", boundary),
	)
}

func partOf(subtype, boundary string, pieces []lang.Piece) lang.Steps {
	return slices.Concat(
		literal("--%s\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, subtype),
		lang.Compile(slices.Concat(pieces, []lang.Piece{lang.StaticPiece("\n")}), appendQuoted),
		literal("\r\n"),
	)
}

// literal returns the steps that append a text as it is.
func literal(format string, args ...any) lang.Steps {
	return lang.Steps{lang.StaticPiece(fmt.Sprintf(format, args...))}
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
