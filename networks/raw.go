package networks

import (
	"bytes"
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

// half finds halves of characters beyond the first 65,536, which jsonb takes in pairs
// alone. A network that cuts texts leaves single ones.
var half = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// AsKept returns what a network said in JSON as jsonb takes it: that has no NUL, no
// half characters, and no bytes that are none. What is no JSON is an empty object.
func AsKept(raw json.RawMessage) json.RawMessage {
	if !json.Valid(raw) {
		return json.RawMessage("{}")
	}
	raw = bytes.ReplaceAll(raw, []byte(`\u0000`), []byte(`\ufffd`))
	if utf8.Valid(raw) && !half.Match(raw) {
		return raw
	}
	var said any
	read := json.NewDecoder(bytes.NewReader(raw))
	read.UseNumber()
	if err := read.Decode(&said); err != nil { // puts U+FFFD in place of both
		return json.RawMessage("{}")
	}
	kept, err := json.Marshal(said)
	if err != nil {
		return json.RawMessage("{}")
	}
	return kept
}
