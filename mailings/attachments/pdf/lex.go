package pdf

import (
	"bytes"
	"reflect"
	"strconv"
	"strings"

	"keur/internal/fault"
)

// lexer reads values, of the file itself or of a stream in which objects are packed.
type lexer struct {
	of   *file
	data []byte
	pos  int
	base int // what a fault adds to pos to say where it is
}

// keyword is a word that is no value: obj, endobj, stream, R.
type keyword string

// isSpace and isDelimiter are those of ISO 32000-1, 7.2.2.
func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (l *lexer) fail() error { return broken(l.base + min(l.pos, len(l.data))) }

// blank goes over white space and comments.
func (l *lexer) blank() error {
	for start := l.pos; l.pos < len(l.data); {
		switch c := l.data[l.pos]; {
		case isSpace(c):
			if l.pos++; l.pos-start > maxAround+maxComments {
				return l.fail()
			}
		case c == '%':
			end := bytes.IndexAny(l.data[l.pos:], "\r\n")
			if end < 0 {
				end = len(l.data) - l.pos
			}
			if l.of.comments += end; l.of.comments > maxComments {
				return twoFiles(l.base + l.pos)
			}
			l.pos += end
		default:
			return nil
		}
	}
	return nil
}

// value reads a value, or a keyword where keywords is true.
func (l *lexer) value(depth int, keywords bool) (any, error) {
	if err := l.blank(); err != nil {
		return nil, err
	}
	if l.of.values++; depth > maxDepth || l.of.values > maxValues {
		return nil, fault.At("file", "attachments.too_much")
	}
	if l.pos >= len(l.data) {
		return nil, l.fail()
	}
	switch c := l.data[l.pos]; {
	case c == '/':
		return l.name()
	case c == '(':
		return l.string()
	case c == '[':
		return l.array(depth)
	case c == '<' && bytes.HasPrefix(l.data[l.pos:], []byte("<<")):
		return l.dict(depth)
	case c == '<':
		return l.hex()
	case isDelimiter(c):
		return nil, l.fail()
	}
	return l.word(keywords)
}

// regular returns the characters up to the next blank or delimiter.
func (l *lexer) regular() string {
	start := l.pos
	for l.pos < len(l.data) && !isSpace(l.data[l.pos]) && !isDelimiter(l.data[l.pos]) {
		l.pos++
	}
	return string(l.data[start:l.pos])
}

// word reads a number, a reference, true, false or null.
func (l *lexer) word(keywords bool) (any, error) {
	start := l.pos
	word := l.regular()
	switch word {
	case "true", "false":
		return word == "true", nil
	case "null":
		return nil, nil
	}
	number, err := numberOf(word)
	switch {
	case err != nil && keywords && len(word) < 20:
		return keyword(word), nil
	case err != nil:
		l.pos = start
		return nil, l.fail()
	}
	if r, is := l.reference(word, number); is {
		l.of.refs[r] = true
		return r, nil
	}
	return number, nil
}

// numberOf reads a number, which has no exponent.
func numberOf(word string) (float64, error) {
	for i := range len(word) {
		if c := word[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' {
			return 0, strconv.ErrSyntax
		}
	}
	return strconv.ParseFloat(word, 64)
}

// reference reads the rest of "12 0 R" behind its first number, if it is one.
func (l *lexer) reference(word string, number float64) (ref, bool) {
	back := l.pos
	n, is := whole(number)
	if !is || !isDigits(word) || !l.space() {
		l.pos = back
		return ref{}, false
	}
	second := l.regular()
	generation, err := strconv.Atoi(second)
	if err != nil || !isDigits(second) || !l.space() || l.regular() != "R" {
		l.pos = back
		return ref{}, false
	}
	return ref{n, generation}, true
}

func isDigits(word string) bool { return strings.Trim(word, "0123456789") == "" }

// space goes over white space alone, of which there is some.
func (l *lexer) space() bool {
	start := l.pos
	for l.pos < len(l.data) && isSpace(l.data[l.pos]) && l.pos-start < maxAround {
		l.pos++
	}
	return l.pos > start
}

func (l *lexer) name() (any, error) {
	l.pos++
	raw := l.regular()
	var read []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if c, err := strconv.ParseUint(raw[i+1:i+3], 16, 8); err == nil {
				read = append(read, byte(c))
				i += 2
				continue
			}
		}
		read = append(read, raw[i])
	}
	return name(read), nil
}

func (l *lexer) array(depth int) (any, error) {
	l.pos++
	all := array{}
	for {
		if err := l.blank(); err != nil {
			return nil, err
		}
		if l.pos < len(l.data) && l.data[l.pos] == ']' {
			l.pos++
			return all, nil
		}
		v, err := l.value(depth+1, false)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

// dict reads a dictionary. A key that comes twice with two values is refused:
// programs take another each.
func (l *lexer) dict(depth int) (any, error) {
	l.pos += 2
	all, seen := dict{}, map[name]any{}
	for {
		if err := l.blank(); err != nil {
			return nil, err
		}
		if bytes.HasPrefix(l.data[l.pos:], []byte(">>")) {
			l.pos += 2
			return all, nil
		}
		if l.pos >= len(l.data) || l.data[l.pos] != '/' {
			return nil, l.fail()
		}
		key, err := l.value(depth+1, false)
		if err != nil {
			return nil, err
		}
		v, err := l.value(depth+1, false)
		if err != nil {
			return nil, err
		}
		k, _ := key.(name)
		if before, twice := seen[k]; !twice {
			seen[k] = v
			all = append(all, entry{k, v})
		} else if !reflect.DeepEqual(before, v) {
			return nil, l.fail()
		}
	}
}

// hex reads a string of hexadecimal digits.
func (l *lexer) hex() (any, error) {
	end := bytes.IndexByte(l.data[l.pos:], '>')
	if end < 0 {
		return nil, l.fail()
	}
	var digits []byte
	for _, c := range l.data[l.pos+1 : l.pos+end] {
		switch {
		case isSpace(c):
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			digits = append(digits, c)
		default:
			return nil, l.fail()
		}
	}
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	read := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		c, err := strconv.ParseUint(string(digits[i:i+2]), 16, 8)
		if err != nil {
			return nil, l.fail()
		}
		read = append(read, byte(c))
	}
	l.pos += end + 1
	return text(read), nil
}

// string reads a string in parentheses, which may stand in it in pairs.
func (l *lexer) string() (any, error) {
	l.pos++
	var read []byte
	for open := 1; l.pos < len(l.data); l.pos++ {
		switch c := l.data[l.pos]; c {
		case '\\':
			l.pos++
			read = l.escaped(read)
			continue
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				l.pos++
				return text(read), nil
			}
		}
		read = append(read, l.data[l.pos])
	}
	return nil, l.fail()
}

// escaped appends what a backslash before the character at pos stands for, and
// leaves pos at the last character of it.
func (l *lexer) escaped(read []byte) []byte {
	if l.pos >= len(l.data) {
		return read
	}
	c := l.data[l.pos]
	if at := bytes.IndexByte([]byte("nrtbf"), c); at >= 0 {
		return append(read, "\n\r\t\b\f"[at])
	}
	switch {
	case c == '\r':
		if l.pos+1 < len(l.data) && l.data[l.pos+1] == '\n' {
			l.pos++
		}
		return read
	case c == '\n':
		return read
	case c < '0' || c > '7':
		return append(read, c)
	}
	octal := 0
	for i := 0; i < 3 && l.pos < len(l.data) && l.data[l.pos] >= '0' && l.data[l.pos] <= '7'; i++ {
		octal = octal*8 + int(l.data[l.pos]-'0')
		l.pos++
	}
	l.pos--
	return append(read, byte(octal))
}
