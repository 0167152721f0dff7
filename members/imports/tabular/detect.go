package tabular

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const utf8Mark = "\xef\xbb\xbf"

// detect tells the encoding from the whole of a text: the first accented letter
// may come after a million plain ones.
func detect(in io.Reader) (Encoding, error) {
	block := make([]byte, 256<<10)
	kept, first := 0, true // bytes of a letter that the last block cut in two
	letters, strays := 0, 0
	var sample []byte // of what isn't UTF-8
	for {
		n, err := io.ReadFull(in, block[kept:])
		text := block[:kept+n]
		if first {
			switch first = false; {
			case bytes.HasPrefix(text, []byte(utf8Mark)):
				return UTF8, nil
			case bytes.HasPrefix(text, []byte{0xff, 0xfe}), bytes.HasPrefix(text, []byte{0xfe, 0xff}):
				return UTF16, nil
			}
			if wide := wideOrder(text); wide != "" {
				return wide, nil
			}
		}
		last := err != nil
		l, s, rest := tally(text, last)
		letters, strays = letters+l, strays+s
		if s > 0 && len(sample) < len(block) {
			sample = append(sample, text[:min(len(text), len(block)-len(sample))]...)
		}
		kept = copy(block, rest)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && n < len(block):
			// A file of UTF-8 with a broken row or two stays UTF-8; those rows are refused.
			if strays > letters {
				if err := endOf(in, err); err != nil {
					return "", err
				}
				return oneByteEncoding(sample)
			}
			return UTF8, endOf(in, err)
		case err != nil:
			return "", err
		}
	}
}

// endOf tells a text that is over from a compressed one that was cut off, as
// both are an unexpected end to ReadFull.
func endOf(in io.Reader, err error) error {
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	if _, again := in.Read(make([]byte, 1)); !errors.Is(again, io.EOF) {
		return again
	}
	return nil
}

// tally counts the letters beyond ASCII that are whole in UTF-8, and the bytes
// that can't be part of one. Unless the text is over, an unfinished letter at
// its end is given back.
func tally(text []byte, over bool) (letters, strays int, rest []byte) {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		if !over && !utf8.FullRune(text[i:]) {
			return letters, strays, text[i:]
		}
		if _, size := utf8.DecodeRune(text[i:]); size > 1 {
			letters++
			i += size
		} else {
			strays++
			i++
		}
	}
	return letters, strays, nil
}

// delimiterOf returns what separates the columns of a header: the candidate
// that it has most of outside quotes. A file of one column has none; then it is
// a comma.
func delimiterOf(header string) byte {
	best, most := byte(','), 0
	for _, candidate := range []byte{';', ',', '\t', '|'} {
		n, quoted := 0, false
		for i := range len(header) {
			switch header[i] {
			case '"':
				quoted = !quoted
			case candidate:
				if !quoted {
					n++
				}
			}
		}
		if n > most {
			best, most = candidate, n
		}
	}
	return best
}

// announced returns the separator of a first line as Excel writes it: sep=;
func announced(line string) (byte, bool) {
	sep, found := strings.CutPrefix(strings.ToLower(strings.Trim(line, `"`)), "sep=")
	if !found || len(sep) != 1 {
		return 0, false
	}
	return sep[0], true
}
