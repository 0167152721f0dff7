package networks

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What is kept of an answer: deeper than mostLevels nothing, and of a number beyond
// what numeric has its text.
const (
	mostLevels   = 200
	mostDigits   = 1_000
	mostExponent = 1_000
)

// AsKept returns what a network said in JSON as jsonb takes it: that has no NUL, no
// half characters, no bytes that are none, no number beyond a thousand digits and no
// more levels than its reader's stack. What is no JSON is an empty object.
func AsKept(raw json.RawMessage) json.RawMessage {
	if !json.Valid(raw) {
		return json.RawMessage("{}")
	}
	raw = bytes.ReplaceAll(raw, []byte(`\u0000`), []byte(`\ufffd`))
	if utf8.Valid(raw) && !odd(raw) && bytes.Count(raw, []byte("["))+bytes.Count(raw, []byte("{")) <= mostLevels {
		return raw
	}
	var said any
	read := json.NewDecoder(bytes.NewReader(raw))
	read.UseNumber()
	if err := read.Decode(&said); err != nil { // puts U+FFFD in place of halves and bytes
		return json.RawMessage("{}")
	}
	kept, err := json.Marshal(within(said, 0))
	if err != nil {
		return json.RawMessage("{}")
	}
	return kept
}

// odd reports whether jsonb may refuse something of the text: half of a character beyond
// the first 65,536, which it takes in pairs alone and networks that cut texts leave
// single, or a number too vast or too fine for numeric. Every report of every answer is
// looked at, so it is no regular expression.
func odd(raw []byte) bool {
	digits := 0 // of the number that is being read
	for i, c := range raw {
		switch {
		case '0' <= c && c <= '9':
			if digits++; digits > mostDigits {
				return true
			}
			continue
		case digits > 0 && (c == 'e' || c == 'E') && vast(raw[i+1:]),
			c == 'u' && i > 0 && raw[i-1] == '\\' && i+1 < len(raw) && raw[i+1]|0x20 == 'd':
			return true
		}
		digits = 0
	}
	return false
}

// vast reports whether an exponent has more than three digits.
func vast(exponent []byte) bool {
	exponent = bytes.TrimLeft(exponent[:min(len(exponent), 5)], "+-")
	return len(exponent) >= 4 && len(bytes.TrimLeft(exponent[:4], "0123456789")) == 0
}

// within returns a value as far as jsonb has it.
func within(value any, level int) any {
	if level > mostLevels {
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		for key, of := range v {
			v[key] = within(of, level+1)
		}
	case []any:
		for i, of := range v {
			v[i] = within(of, level+1)
		}
	case json.Number:
		digits, exponent, _ := strings.Cut(strings.ToLower(v.String()), "e")
		power, err := strconv.Atoi(cmp.Or(exponent, "0"))
		if len(digits) > mostDigits || err != nil || max(power, -power) > mostExponent {
			return v.String()
		}
	}
	return value
}
