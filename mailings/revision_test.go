package mailings

import (
	"strings"
	"testing"

	"keur/internal/fault"
)

func TestADigestIsReadAsWritten(t *testing.T) {
	t.Parallel()
	d := DigestOf([]byte("{}"))
	const hex = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
	if d.String() != hex {
		t.Errorf("the SHA-256 of {} is %s", d)
	}
	text, err := d.MarshalText()
	var read Digest
	if err != nil || read.UnmarshalText(text) != nil || read != d {
		t.Errorf("%s is read as %s: %v", text, read, err)
	}
	for _, wrong := range []string{"", hex[:63], hex + "00", strings.Repeat("g", 64)} {
		if err := new(Digest).UnmarshalText([]byte(wrong)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is a digest: %v", wrong, err)
		}
	}
	column, err := d.Value()
	var scanned Digest
	if err != nil || scanned.Scan(column) != nil || scanned != d {
		t.Errorf("its column is read as %s: %v", scanned, err)
	}
	for _, wrong := range []any{d[:31], hex, nil} {
		if err := scanned.Scan(wrong); err == nil {
			t.Errorf("%v is a digest", wrong)
		}
	}
}

func TestARevisionThatIsNoContent(t *testing.T) {
	t.Parallel()
	r := Revision{ID: 7, Canonical: []byte(`{"subjects":1}`)}
	if _, err := r.Content(); err == nil || !strings.Contains(err.Error(), "revision 7") {
		t.Errorf("it is read: %v", err)
	}
}

func TestAWorkingCopyIsChangedByPart(t *testing.T) {
	t.Parallel()
	w := WorkingCopy{BasedOn: 3, Newest: 3}
	if w.Changed() || w.Overtaken() {
		t.Errorf("nothing was changed: %+v", w)
	}
	say := func(text string) func(*Brief) error { return func(b *Brief) error { b.Preheader = text; return nil } }
	if err := w.Change(ContentPart, 0, 5, moment, say("een")); err != nil || w.Version != 1 ||
		w.Changes[ContentPart] != (Change{1, 5, moment}) || !w.Changed() || w.Overtaken() {
		t.Errorf("%+v, %v", w, err)
	}
	if err := w.Change(ContentPart, 0, 6, moment, say("twee")); !fault.Is(err, fault.Conflict) || w.Brief.Preheader != "een" {
		t.Errorf("a change on an old version: %+v, %v", w, err)
	}
	refused := fault.New(fault.Invalid, "no")
	if err := w.Change(AudiencePart, 0, 6, moment, func(*Brief) error { return refused }); err != error(refused) || w.Version != 1 ||
		len(w.Changes) != 1 {
		t.Errorf("a change that is refused: %+v, %v", w, err)
	}
	if err := w.Change(ContentPart, 1, 6, moment, say("drie")); err != nil || w.Version != 2 || w.Changes[ContentPart].Version != 2 {
		t.Errorf("%+v, %v", w, err)
	}
	if w.Newest = 4; !w.Overtaken() {
		t.Error("a copy based on 3 isn't overtaken by 4")
	}
}
