package explain_test

import (
	"os"
	"strings"
	"testing"

	"keur/segments"
	"keur/segments/explain"
)

// TestSentences compares each rule of testdata/sentences.txt with what it is in
// three languages.
func TestSentences(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/sentences.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := segments.Names{
		Mailings: map[int64]string{7: "Zomer"}, Campaigns: map[int64]string{8: "Strand"},
		Advertisers: map[int64]string{9: "Bol"}, Segments: map[segments.ID]string{4: "Actief"},
	}
	blocks := strings.Split(strings.TrimSpace(string(text)), "\n\n")
	for _, block := range blocks {
		source, sentences, _ := strings.Cut(block, "\n")
		rule, err := segments.ParseRule([]byte(source))
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		said := 0
		for line := range strings.Lines(sentences) {
			locale, want, _ := strings.Cut(strings.TrimSpace(line), " ")
			if got := explain.Sentence(rule, names, locale); got != want {
				t.Errorf("%s\n got %s\nwant %s", source, got, want)
			}
			said++
		}
		if said != 3 {
			t.Errorf("%s is said in %d languages", source, said)
		}
	}
	if len(blocks) < 15 {
		t.Errorf("only %d rules", len(blocks))
	}
}

func TestNamesOfFieldsAndCategories(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		explain.FieldName("postal_code", "nl"): "postcode", explain.FieldName("shoe_size", "de"): "shoe size",
		explain.FieldName("source", "fr"): "source", explain.CategoryName("travel", "de"): "Reisen",
		explain.CategoryName("pet_food", "nl"): "pet food", explain.CategoryName("travel", "en"): "travel",
		explain.ValueName("gender", "V", "nl"): "vrouw", explain.ValueName("gender", "male", "de"): "Mann",
		explain.ValueName("country", "NL", "de"): "Niederlande", explain.ValueName("country", "Nederland", "nl"): "",
		explain.ValueName("language", "de", "nl"): "Duits", explain.ValueName("language", "nl_BE", "en"): "Flemish",
		explain.ValueName("colour", "f", "en"): "", explain.ValueName("country", "123", "en") + "-": "-",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
