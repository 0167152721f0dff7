package templates

import (
	"testing"
	"time"

	"keur/templates/lang"
)

func TestTheCacheKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	c := &cache[compiled]{}
	often := keyOf(&Input{Source: "often"})
	c.put(often, compiled{})
	for i := range 3 * maxKept {
		c.put(keyOf(&Input{Source: "once", Label: Label{Name: string(rune('a' + i))}}), compiled{})
		if _, ok := c.get(often); !ok {
			t.Fatalf("what is used all the time was forgotten after %d others", i)
		}
	}
	if len(c.kept) != maxKept {
		t.Errorf("%d programs are kept", len(c.kept))
	}
}

func TestEqualInputsShareAProgram(t *testing.T) {
	t.Parallel()
	c := NewCompiler(time.Hour)
	in := func(subject string) Input {
		return Input{
			Format: HTML, Source: `<html><body><a href="{{unsubscribe_url}}">Afmelden</a></body></html>`,
			Subjects: []Subject{{Key: "a", Text: subject}}, Fields: map[string]lang.FieldType{"a": lang.Text, "b": lang.Number,
				"c": lang.Text},
		}
	}
	one, first, err := c.Compile(t.Context(), in("Dag"))
	if err != nil {
		t.Fatal(err)
	}
	again, second, _ := c.Compile(t.Context(), in("Dag"))
	if one != again || len(first) != len(second) {
		t.Error("the same mailing was compiled twice")
	}
	if other, _, _ := c.Compile(t.Context(), in("Hallo")); other == one {
		t.Error("another subject got the same program")
	}
}

func TestMJMLConvertsASourceOnce(t *testing.T) {
	t.Parallel()
	c := NewCompiler(time.Hour)
	in := func(subject string) Input {
		return Input{
			Format: MJML, Source: Starters()[0].Source, Fields: map[string]lang.FieldType{"first_name": lang.Text},
			Subjects: []Subject{{Key: "a", Text: subject}},
			Label: Label{Name: "Spaarzegel", Imprint: "Spaarzegel B.V.", PublicURL: "https://mail.spaarzegel.example",
				Accent: "#0a6b5d"},
		}
	}
	for _, subject := range []string{"Dag", "Hallo"} {
		if _, _, err := c.Compile(t.Context(), in(subject)); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.conversions.kept) != 1 {
		t.Errorf("one source was converted %d times", len(c.conversions.kept))
	}
}
