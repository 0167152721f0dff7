package hash

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

type thing struct{}

var errGone = errors.New("there is no such thing")

func (thing) Gone() error { return errGone }

func TestAHashIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	h := Of[thing](sha256.Sum256([]byte("a thing")))
	text, err := json.Marshal(h)
	if err != nil || string(text) != `"`+h.String()+`"` {
		t.Fatalf("%s %v", text, err)
	}
	var read, scanned Of[thing]
	if err := json.Unmarshal(text, &read); err != nil || read != h {
		t.Errorf("read as %s, %v", read, err)
	}
	kept, err := h.Value()
	if err != nil {
		t.Fatal(err)
	}
	if err := scanned.Scan(kept); err != nil || scanned != h {
		t.Errorf("scanned as %s, %v", scanned, err)
	}
}

func TestWhatIsNoHashNamesNothing(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "00", strings.Repeat("0", 63), strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		if _, err := Parse[thing](wrong); !errors.Is(err, errGone) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for _, wrong := range []any{nil, "text", []byte("short")} {
		var h Of[thing]
		if err := h.Scan(wrong); err == nil {
			t.Errorf("%v is scanned as %s", wrong, h)
		}
	}
}
