package templates

import "testing"

func TestTheCacheKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	c := &cache{}
	often := keyOf(&Input{Source: "often"})
	c.put(often, &Program{}, nil)
	for i := range 3 * maxCompiled {
		c.put(keyOf(&Input{Source: "once", Label: Label{Name: string(rune('a' + i))}}), &Program{}, nil)
		if _, _, ok := c.get(often); !ok {
			t.Fatalf("what is used all the time was forgotten after %d others", i)
		}
	}
	if len(c.kept) != maxCompiled {
		t.Errorf("%d programs are kept", len(c.kept))
	}
}

func TestEqualInputsShareAProgram(t *testing.T) {
	t.Parallel()
	c := NewCompiler()
	in := func(subject string) Input {
		return Input{
			Format: HTML, Source: `<html><body><a href="{{unsubscribe_url}}">Afmelden</a></body></html>`,
			Subjects: []Subject{{Key: "a", Text: subject}}, Fields: map[string]FieldType{"a": Text, "b": Number, "c": Text},
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
