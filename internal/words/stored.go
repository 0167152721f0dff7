package words

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// stored is a message as it is stored: {"key": …, "args": {…}}.
type stored struct {
	Key  string         `json:"key"`
	Args map[string]any `json:"args,omitempty"`
}

// Value returns the message as a column of type jsonb holds it, which has no NUL; no
// message is NULL.
func (m Message) Value() (driver.Value, error) {
	if m.IsZero() {
		return nil, nil
	}
	text, err := json.Marshal(m.stored())
	return strings.ReplaceAll(string(text), `\u0000`, `\ufffd`), err
}

func (m Message) stored() stored {
	out := stored{m.Key, map[string]any{}}
	for i := 0; i+1 < len(m.Args); i += 2 {
		out.Args[fmt.Sprint(m.Args[i])] = storedValue(m.Args[i+1])
	}
	return out
}

// storedValue returns what is stored of a value. Messages within one stay messages,
// so that each reader has them in their own language.
func storedValue(v any) any {
	switch v := v.(type) {
	case error:
		return OfError(v).stored()
	case Message:
		return v.stored()
	case []Message:
		list := make([]stored, len(v))
		for i, m := range v {
			list[i] = m.stored()
		}
		return list
	}
	return v
}

// Scan reads a message from a column.
func (m *Message) Scan(v any) error {
	*m = Message{}
	var text []byte
	switch v := v.(type) {
	case nil:
		return nil
	case []byte:
		text = v
	case string:
		text = []byte(v)
	default:
		return fmt.Errorf("a message can't be read from %T", v)
	}
	return m.read(text)
}

func (m *Message) read(text []byte) error {
	var found struct {
		Key  string                     `json:"key"`
		Args map[string]json.RawMessage `json:"args"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	m.Key = found.Key
	for name, raw := range found.Args {
		v, err := argument(raw)
		if err != nil {
			return fmt.Errorf("argument %s of %s: %w", name, found.Key, err)
		}
		m.Args = append(m.Args, name, v)
	}
	return nil
}

// list reads several messages.
func list(raw json.RawMessage) ([]Message, error) {
	var texts []json.RawMessage
	err := json.Unmarshal(raw, &texts)
	all := make([]Message, len(texts))
	for i, text := range texts {
		if err == nil {
			err = all[i].read(text)
		}
	}
	return all, err
}

// argument reads a value of a message: another message, a list of these or of
// words, or what JSON has.
func argument(raw json.RawMessage) (any, error) {
	switch {
	case strings.HasPrefix(string(raw), "{"):
		var m Message
		err := m.read(raw)
		return m, err
	case strings.HasPrefix(string(raw), "[{"):
		return list(raw)
	case strings.HasPrefix(string(raw), "["):
		var list []string
		err := json.Unmarshal(raw, &list)
		return list, err
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// MarshalText writes the message in English, as programs read it.
func (m Message) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what somebody said, word for word.
func (m *Message) UnmarshalText(text []byte) error {
	*m = Verbatim(string(text))
	return nil
}
