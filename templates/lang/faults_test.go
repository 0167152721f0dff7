package lang

import (
	"fmt"
	"strings"
	"testing"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("member.vip and ", maxConditions)
	for _, test := range []struct{ text, where, message string }{
		{"{{member.firstname}}", "1:1 unknown_field", "there is no field member.firstname; did you mean member.first_name?"},
		{"{{first_name}}", "1:1 unknown_field", "did you mean member.first_name?"},
		{"{{ first_name | default: 'x' }}", "1:1 unknown_field", `there is no field first_name: write {{member.first_name | default "x"}}`},
		{"{{if first_name}}a{{endif}}", "1:1 unknown_field", "did you mean member.first_name?"},
		{"{{#if first_name}}a{{/if}}", "1:1 bad_tag", "write {{if member.first_name}}"},
		{"{{member.shoe_size}}", "1:1 unknown_field", "there is no field member.shoe_size"},
		{"{{label.nane}}", "1:1 unknown_field", "did you mean label.name?"},
		{"{{campaign.name}}", "1:1 bad_tag", "campaign.name belongs inside the block of a placement"},
		{"{{voucher}}", "1:1 bad_tag", "{{voucher}} belongs inside the block of a placement"},
		{"é {{member.first_name | upcase}}", "1:3 bad_tag",
			"there is no filter upcase; there are default, upper, lower, title, truncate, date, plus, minus, days_until, days_since, " +
				"number, money"},
		{"{{member.first_name | uper}}", "1:1 bad_tag", "there is no filter uper; did you mean upper?"},
		{"{{member.first_name | date \"2006\"}}", "1:1 bad_tag", "the filter date is for dates, and this is a text"},
		{"{{member.vip | number}}", "1:1 bad_tag", "the filter number is for numbers, and this is a bool"},
		{"{{member.vip | money \"EUR\"}}", "1:1 bad_tag", "the filter money is for numbers"},
		{"{{member.points | money}}", "1:1 bad_tag", `the filter money is written like this: | money "EUR"`},
		{"{{member.points | money 3}}", "1:1 bad_tag", `| money "EUR"`},
		{"{{member.birth_date | date}}", "1:1 bad_tag", `| date "d MMMM yyyy"`},
		{`{{member.birth_date | date "2 maart 2006"}}`, "1:1 bad_tag", `write "d MMMM yyyy", or one of short, long`},
		{`{{member.birth_date | date "dd-mm-jjjj"}}`, "1:1 bad_tag", `write "dd-MM-yyyy"`},
		{`{{member.birth_date | date "DD/MM/YYYY"}}`, "1:1 bad_tag", `write "dd/MM/yyyy"`},
		{`{{member.birth_date | date "02-01-2006"}}`, "1:1 bad_tag", `write "dd-MM-yyyy"`},
		{`{{member.birth_date | date "Monday 2 January"}}`, "1:1 bad_tag", `write "EEEE d MMMM"`},
		{`{{member.birth_date | date "2006-01-02"}}`, "1:1 bad_tag", `write "yyyy-MM-dd"`},
		{`{{member.birth_date | date "%A %e %B %Y"}}`, "1:1 bad_tag", `write "EEEE d MMMM yyyy"`},
		{`{{member.birth_date | date "Dienstag, 4. März"}}`, "1:1 bad_tag", `write "EEEE, d. MMMM"`},
		{`{{member.birth_date | date "HH:mm"}}`, "1:1 bad_tag", `write "d MMMM yyyy"`},
		{`{{member.birth_date | plus "7"}}`, "1:1 bad_tag", "| plus 7"},
		{`{{member.birth_date | plus 0}}`, "1:1 bad_tag", "| plus 7"},
		{`{{member.birth_date | date "long" | plus 7}}`, "1:1 bad_tag", "the filter plus is for dates, and this is a text"},
		{`{{member.first_name | days_until}}`, "1:1 bad_tag", "the filter days_until is for dates"},
		{`{{member.first_name | upper 3}}`, "1:1 bad_tag", "nothing follows the filter upper"},
		{`{{member.first_name | truncate}}`, "1:1 bad_tag", "| truncate 40"},
		{`{{member.first_name | truncate 0}}`, "1:1 bad_tag", "| truncate 40"},
		{`{{member.first_name | truncate 1001}}`, "1:1 bad_tag", "| truncate 40"},
		{`{{member.birth_date | plus 36501}}`, "1:1 bad_tag", "| plus 7"},
		{`{{member.points | money "euro"}}`, "1:1 bad_tag", `“euro” is no currency`},
		{`{{if today > "2026-01-01"}}a{{end}}`, "1:1 bad_tag", "the day can't decide"},
		{`{{if member.birth_date | days_until < 3}}a{{end}}`, "1:1 bad_tag", "a condition asks for member.birth_date as it is"},
		{"{{member.points | number 10}}", "1:1 bad_tag", "from 0 to 9"},
		{"{{member.points | number -1}}", "1:1 bad_tag", "from 0 to 9"},
		{"{{member.points | number 1.5}}", "1:1 bad_tag", "from 0 to 9"},
		{"{{member.first_name | default}}", "1:1 bad_tag", `| default "lid"`},
		{"{{member.first_name | default member.city}}", "1:1 bad_tag",
			"a default must be the same for all members, and member.city is not"},
		{"{{member.first_name | default words.nope_at_all}}", "1:1 unknown_field", "there is no field words.nope_at_all"},
		{"{{member.first_name | \"lid\"}}", "1:1 bad_tag", "after “|” comes a filter"},
		{"{{member.first_name |}}", "1:1 bad_tag", "after “|” comes a filter"},
		{"{{member.first_name | ? }}", "1:1 bad_tag", "“?” can't stand in a tag"},
		{"{{member.first_name extra x}}", "1:1 bad_tag", `I don't understand “extra x” here`},
		{"{{member.first_name", "1:1 tag_not_closed", "not closed"},
		{"a{{member.first_name | default \"lid}}", "1:2 tag_not_closed", "not closed"},
		{"{{a{{label.name}}", "1:1 tag_not_closed", "not closed"},
		{"{{a\n\n}}", "1:1 tag_not_closed", "not closed"},
		{"{{" + strings.Repeat(" ", maxTagLength-2) + "}}", "1:1 tag_not_closed", "not closed"},
		{"{{member.first_name | default “lid}}", "1:1 bad_tag", "the text “lid lacks its closing quote"},
		{"{{}}", "1:1 bad_tag", "the tag is empty"},
		{"{{\"a\"}}", "1:1 bad_tag", `a tag starts with a name, such as member.first_name, not with “a”`},
		{"{{3}}", "1:1 bad_tag", `not with “3”`},
		{"{{if}}a{{end}}", "1:1 bad_tag", "the condition is missing"},
		{"{{if member.vip}}a", "1:1 no_end", "lacks its {{end}}"},
		{"{{if member.vip}}a{{if label.name}}b{{end}}", "1:1 no_end", "lacks its {{end}}"},
		{"a{{end}}", "1:2 no_if", "no if before this end"},
		{"{{else}}", "1:1 no_if", "no if before this else"},
		{"{{if member.vip}}a{{else}}b{{else}}c{{end}}", "1:28 two_elses", "an else already"},
		{"{{if member.vip}}a{{else}}b{{else if label.name}}c{{end}}", "1:28 two_elses", "an else already"},
		{"{{if member.points > \"x\"}}a{{end}}", "1:1 bad_tag", "member.points is a number, so compare it with one"},
		{"{{if member.points > \"3\"}}a{{end}}", "1:1 bad_tag", "member.points is a number, so compare it with one"},
		{"{{if member.points > 1.2.3}}a{{end}}", "1:1 bad_tag", "member.points is a number"},
		{"{{if member.points > true}}a{{end}}", "1:1 bad_tag", "member.points is a number"},
		{"{{if member.points > member.city}}a{{end}}", "1:1 bad_tag", `compare with a text, a number, a date, true or false, not with “member.city”`},
		{"{{if member.points >}}a{{end}}", "1:1 bad_tag", "after > comes a value"},
		{"{{if member.points > )}}a{{end}}", "1:1 bad_tag", "after > comes a value"},
		{"{{if member.first_name > 3}}a{{end}}", "1:1 bad_tag",
			"member.first_name is a text: only numbers and dates can be compared with >"},
		{"{{if member.vip <= true}}a{{end}}", "1:1 bad_tag", "only numbers and dates can be compared with <="},
		{"{{if member.vip == 1}}a{{end}}", "1:1 bad_tag", "member.vip is true or false"},
		{"{{if member.birth_date > \"4 maart\"}}a{{end}}", "1:1 bad_tag", "member.birth_date is a date"},
		{"{{if member.points contains \"1\"}}a{{end}}", "1:1 bad_tag", "member.points is a number, so it can't contain anything"},
		{"{{if member.interests == \"a\"}}a{{end}}", "1:1 bad_tag", "write {{if member.interests contains \"a\"}}"},
		{"{{if member.vip = true}}a{{end}}", "1:1 bad_tag", "compare with ==, not with ="},
		{"{{if not member.vip & 3}}a{{end}}", "1:1 bad_tag", "“&” can't stand in a tag"},
		{"{{if (member.vip}}a{{end}}", "1:1 bad_tag", "a ( lacks its )"},
		{"{{if member.vip)}}a{{end}}", "1:1 bad_tag", `I don't understand “)” here`},
		{"{{if member.vip or}}a{{end}}", "1:1 bad_tag", "the condition is missing"},
		{"{{if not}}a{{end}}", "1:1 bad_tag", "the condition is missing"},
		{"{{if member.nope}}a{{else if member.nope}}b{{else}}c{{end}}", "1:1 unknown_field", "there is no field member.nope"},
		{"{{if " + many + "member.vip}}a{{end}}", "1:1 bad_tag", "at most 20 comparisons"},
		{"{{if " + strings.Repeat("not ", maxConditions) + "member.vip}}a{{end}}", "1:1 bad_tag", "at most 20 comparisons"},
		{"{{placements}}", "1:1 placement_in_line", "placements can't stand here"},
		{"{{placement \"a\"}}", "1:1 placement_in_line", "placements can't stand here"},
		{"{{placement}}", "1:1 bad_tag", `name the placement: {{placement "key"}}`},
		{"{{unsubscribe_url}}", "1:1 address_in_line", "an address can't stand here"},
		{"{{view_url}}", "1:1 address_in_line", "an address can't stand here"},
		{"a\n{{preferences_url}}", "2:1 address_in_line", "an address can't stand here"},
		{strings.Repeat("{{if member.vip}}", maxDepth+1) + strings.Repeat("{{end}}", maxDepth+1), "1:86 too_deep", "5 deep"},
		{strings.Repeat("{{label.name}}", maxTags+1), fmt.Sprintf("1:%d too_many_tags", 14*maxTags+1), "more than 2,000 tags"},
	} {
		report := &findings{}
		Line(NewSource("", test.text, false, testScope("nl"), report), EscapeHeader)
		if len(report.failed) == 0 || !strings.HasPrefix(report.failed[0], test.where+": ") ||
			!strings.Contains(report.failed[0], test.message) {
			t.Errorf("%.80s: no %q at %s in %v", test.text, test.message, test.where, report.failed)
		}
	}
}

// TestLimits goes as far as one may.
func TestLimits(t *testing.T) {
	t.Parallel()
	scope := testScope("nl")
	for _, text := range []string{
		strings.Repeat("{{if member.vip}}", maxDepth) + strings.Repeat("{{end}}", maxDepth),
		strings.Repeat("{{label.name}}", maxTags),
		"{{if " + strings.Repeat("member.vip and ", maxConditions-1) + "member.vip}}a{{end}}",
		"{{" + strings.Repeat(" ", maxTagLength-13) + "label.name}}",
	} {
		render(t, scope, text, nil)
	}
}

func TestOneFaultIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{{if member.vop}}a{{else if member.points > 1}}b{{end}}",
		"{{if member.vip}}a{{else if member.pints > 1}}b{{else}}c{{end}}",
		"{{if member.vip}}{{member.frst_name}}{{end}}",
	} {
		report := &findings{}
		Line(NewSource("subject", text, false, testScope("nl"), report), EscapeHeader)
		if len(report.failed) != 1 {
			t.Errorf("%s: %v", text, report.failed)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"label.name", "member.first_name", "member.city", "words.unsubscribe", "view_url"}
	for name, want := range map[string]string{
		"member.first_name": "member.first_name", "firstname": "member.first_name", "FIRST NAME": "member.first_name",
		"member.frist_name": "member.first_name", "view-url": "view_url", "view_urls": "view_url", "unsubscrib": "words.unsubscribe",
		"cit": "member.city", "c": "", "ci": "", "member.cccc": "member.city", "member.ccccc": "", "member.shoe_size": "", "": "",
		"label.nbme": "label.name",
		"fist_nme":   "member.first_name", "fst_nme": "", strings.Repeat("a", 61): "",
		"first_name" + strings.Repeat("_", 50): "member.first_name", "first_name" + strings.Repeat("_", 51): "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("%s is nearest to %q, not %q", name, got, want)
		}
	}
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"ab", "ba", 2}, {"abc", "abc", 0}} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("from %q to %q it is %d, not %d", test.a, test.b, got, test.want)
		}
	}
}

// TestCountsOfFilters takes the least and the most.
func TestCountsOfFilters(t *testing.T) {
	t.Parallel()
	for _, filter := range []string{
		"first_name | truncate 1", "first_name | truncate 1000", "birth_date | plus 1", "birth_date | minus 36500", "points | number 0",
		"points | number 9",
	} {
		report := &findings{}
		if Line(NewSource("", "{{member."+filter+"}}", false, testScope("nl"), report), EscapeHeader); len(report.failed) > 0 {
			t.Errorf("%s: %v", filter, report.failed)
		}
	}
}
