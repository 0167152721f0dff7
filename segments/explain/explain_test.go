package explain_test

import (
	"os"
	"strings"
	"testing"

	"keur/members"
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
		explain.ValueName(nil, "gender", "V", "nl"): "vrouw", explain.ValueName(nil, "gender", "male", "de"): "Mann",
		explain.ValueName(nil, "country", "NL", "de"): "Niederlande", explain.ValueName(nil, "country", "Nederland", "nl"): "",
		explain.ValueName(nil, "language", "de", "nl"): "Duits", explain.ValueName(nil, "language", "nl_BE", "en"): "Flemish",
		explain.ValueName(nil, "colour", "f", "en"): "", explain.ValueName(nil, "country", "123", "en") + "-": "-",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestValuesAreSaidByTheLabelsWords: in sentences, conditions of templates and where
// one is chosen; a language without a word says the value, which stands behind each word
// that is another one, so that who approves goes by what is compared.
func TestValuesAreSaidByTheLabelsWords(t *testing.T) {
	t.Parallel()
	own := members.ValueWords{
		"loyalty_level": {"gold": {Value: "gold", NL: "goud", DE: "Gold"}}, "interests": {"trv": {Value: "trv", NL: "reizen"}},
		"gender": {"f": {Value: "f", NL: "dame"}},
	}
	for rule, want := range map[string][2]string{
		`{"attribute":"loyalty_level","op":"is","value":"gold"}`: {"leden, loyalty level is goud (gold)", "members, loyalty level is gold"},
		`{"attribute":"loyalty_level","op":"in","value":["gold","silver"]}`: {
			"leden, loyalty level is goud (gold) of silver", "members, loyalty level is gold or silver",
		},
		`{"attribute":"interests","op":"has_any","value":["trv"]}`:     {"leden, interesses met reizen (trv)", "members, interests with trv"},
		`{"attribute":"loyalty_level","op":"contains","value":"gold"}`: {"leden, loyalty level bevat ‘gold’", "members, loyalty level contains ‘gold’"},
	} {
		parsed, err := segments.ParseRule([]byte(rule))
		if err != nil {
			t.Fatal(err)
		}
		for i, locale := range []string{"nl", "en"} {
			if got := explain.Sentence(parsed, segments.Names{Values: own}, locale); got != want[i] {
				t.Errorf("%s: %s, want %s", rule, got, want[i])
			}
		}
	}
	for _, said := range [][2]string{
		{explain.Condition(own, `member.loyalty_level == "gold"`, true, "de"), "loyalty level ist Gold"},
		{explain.ValueName(own, "loyalty_level", "gold", "nl"), "goud"}, {explain.ValueName(own, "loyalty_level", "gold", "en"), ""},
		{explain.ValueName(own, "gender", "f", "nl"), "dame"}, {explain.ValueName(own, "gender", "f", "en"), "woman"},
	} {
		if said[0] != said[1] {
			t.Errorf("%q, want %q", said[0], said[1])
		}
	}
}
