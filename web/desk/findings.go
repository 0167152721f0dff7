package desk

import (
	"regexp"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/segments/explain"
	"keur/templates/lint"
)

// Finding is what is wrong at one place of a mailing, in the user's language.
type Finding struct {
	Block bool // keeps the mailing from being sent
	Line  int  // of the source; 0 when that isn't known
	Text  string
	Where string // the page where something can be said of it; empty: none
}

// Findings says all findings of one part: "" is the source with the partials
// that it includes, or subject[a], preheader, placement[key].
func Findings(x *Exchange, findings []lint.Finding, part string) []Finding {
	var all []Finding
	for _, f := range findings {
		switch text, included := InPartial(x, f); {
		case f.Part == part:
			all = append(all, Finding{Block: f.Level == lint.Block, Line: f.Line, Text: text})
		case included && part == "":
			all = append(all, Finding{Block: f.Level == lint.Block, Text: text})
		}
	}
	return slices.Compact(all)
}

// Unsaid drops the findings of the compiler which only repeat that something is
// missing of which the composer said so.
func Unsaid(found []lint.Finding, faults []fault.Detail) []lint.Finding {
	paths := map[string]string{"no_template": "template", "no_subject": "subjects"}
	return slices.DeleteFunc(found, func(f lint.Finding) bool {
		path := paths[f.Code]
		return path != "" && slices.ContainsFunc(faults, func(d fault.Detail) bool { return d.Path == path })
	})
}

// InPartial says a finding, and where it stands if that is in a partial template,
// which is another source than the one that is looked at.
func InPartial(x *Exchange, f lint.Finding) (text string, included bool) {
	text = x.Say.Sentence(inWords(x.Say, f.Message))
	if f.Face != "" {
		text = x.Say.T("mailing.in_face", "condition", explain.Condition(nil, f.Face, true, x.Say.Locale), "text", text)
	}
	name, included := strings.CutPrefix(f.Part, "partial[")
	if included {
		text = x.Say.T("mailing.in_partial", "name", strings.TrimSuffix(name, "]"), "n", f.Line, "text", text)
	}
	return text, included
}

// inWords is a finding that calls a field, and says conditions, as people do.
func inWords(say words.Speaker, m words.Message) words.Message {
	args := slices.Clone(m.Args)
	for i := 0; i+1 < len(args); i += 2 {
		text, is := args[i+1].(string)
		switch {
		case !is:
		case args[i] == "field":
			args[i+1] = TagName(say, text)
		case args[i] == "condition", args[i] == "conditions":
			args[i+1] = explain.Condition(nil, text, true, say.Locale)
		}
	}
	return words.Of(m.Key, args...)
}

// TagName is what people call what a tag says, within a sentence: "voornaam" for
// member.first_name. What has no name is itself.
func TagName(say words.Speaker, tag string) string {
	if field, is := strings.CutPrefix(tag, "member."); is {
		return explain.FieldName(field, say.Locale)
	}
	if say.Has("visual_tag." + tag) {
		return say.Of("visual_tag", tag)
	}
	return tag
}

var index = regexp.MustCompile(`\[\d+\]`)

// FaultFindings says what is missing at the places whose path begins so.
func FaultFindings(x *Exchange, faults []fault.Detail, path string) []Finding {
	var all []Finding
	for _, f := range faults {
		if f.Path != path && !strings.HasPrefix(f.Path, path+".") {
			continue
		}
		text := x.Say.Sentence(f.Message)
		if field := index.ReplaceAllString(f.Path, ""); x.Say.Has("content_fault." + field) {
			text = x.Say.Of("content_fault", field)
		}
		all = append(all, Finding{Block: true, Text: text})
	}
	return all
}
