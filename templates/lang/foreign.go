package lang

import (
	"regexp"
	"strings"
)

// Tags of other tools come between many signs: {% if x %}, *|FNAME|*, %%name%%,
// [[name]], ${name}, {{#each x}}, {{{name}}}, <%= name %>.
const foreignSigns = "{}[]<>%*|#$@«»!=~- \t\n"

// Meant returns the tag of ours that was probably meant by another tool's, or ""
// if there is none: {{member.first_name}} for *|FNAME|*.
func (s *Source) Meant(tag string) string { return s.scope.meant(tag) }

func (s *Scope) meant(tag string) string {
	if comment.MatchString(tag) {
		return ""
	}
	inside := strings.TrimRight(strings.TrimLeft(tag, "{[<%*|#$@«!=~- \t\n"), foreignSigns)
	switch {
	case strings.HasPrefix(strings.TrimLeft(tag, "{[<% "), "/"):
		inside = "end"
	case strings.HasPrefix(inside, "^"):
		inside = "unless " + inside[1:]
	}
	readings := []string{strings.TrimSpace(inside)}
	if found := single.FindStringSubmatch(tag); found != nil && strings.HasPrefix(readings[0], found[1]) {
		readings = []string{found[1] + `|default:"` + found[2] + `"`, found[1] + "." + found[2]} // [CONTACT|vorname]
	} else if name, _, filtered := strings.Cut(readings[0], "|"); filtered {
		readings = append(readings, strings.TrimSpace(name)) // without a filter that nobody knows
	}
	for _, reading := range readings {
		apart := s.apart()
		meant := apart.translate(reading)
		if _, err := parse(meant, apart); err == nil {
			return "{{" + meant + "}}"
		}
	}
	return ""
}

// comment matches how comments begin that other tools leave out: {{! x }},
// {{/* x */}}, {# x #}, <%# x %>. Nothing stands for them here.
var comment = regexp.MustCompile(`^(\{\{[~-]?\s*(!|/\*)|\{#\s|<%#)`)

// single matches a tag in one sign that says what stands for an empty value:
// {contactfield=firstname|lid}, or names a thing of another.
var single = regexp.MustCompile(`^[{\[%]([\w .:=-]+)\|\s*([^|:"'{}\[\]%]+?)\s*[}\]%]$`)

// apart returns the scope for what is only tried: no member needs it.
func (s *Scope) apart() *Scope {
	tried := *s
	tried.needs = &needs{}
	return &tried
}

var (
	foreignEnd  = regexp.MustCompile(`(?i)^(end|/)?\s*:?_?(end|if|unless|each|for|foreach|fi|with|block)\s*$|^end`)
	foreignElse = regexp.MustCompile(`(?i)^els?e?[ _]?if\b\s*:?|^elif\b`)
	foreignIf   = regexp.MustCompile(`(?i)^(if|ifnot|unless|when)\b\s*:?\s*`)
	foreignLoop = regexp.MustCompile(`(?i)^(for|foreach|each|loop)\b`)
)

// translate returns the inside of a tag in our words, as far as they are known.
func (s *Scope) translate(inside string) string {
	switch {
	case foreignEnd.MatchString(inside):
		return "end"
	case foreignElse.MatchString(inside):
		return "else if " + s.translateCondition(foreignElse.ReplaceAllString(inside, ""))
	case strings.HasPrefix(strings.ToLower(inside), "else"):
		return "else"
	case foreignIf.MatchString(inside):
		word := strings.ToLower(foreignIf.FindStringSubmatch(inside)[1])
		condition := s.translateCondition(foreignIf.ReplaceAllString(inside, ""))
		if word == "unless" || word == "ifnot" {
			condition = "not (" + condition + ")"
		}
		return "if " + condition
	case foreignLoop.MatchString(inside):
		return "each offer in placements"
	}
	return s.translateValue(inside)
}

// conditionPart matches what a condition of another tool consists of.
var conditionPart = regexp.MustCompile(`"[^"]*"|'[^']*'|&&|\|\||===?|!==?|<>|<=|>=|[<>()!]|[A-Za-z_.][\w.:-]*|-?\d[\d.]*`)

var (
	isSomething = regexp.MustCompile(`(\S+) != (""|''|\S*(?:blank|nil|null|empty|none)\b)`)
	isNothing   = regexp.MustCompile(`(\S+) == (""|''|\S*(?:blank|nil|null|empty|none)\b)`)
)

func (s *Scope) translateCondition(condition string) string {
	said := map[string]string{
		"&&": "and", "||": "or", "===": "==", "!==": "!=", "<>": "!=", "!": "not", "eq": "==", "ne": "!=", "gt": ">", "lt": "<",
		"gte": ">=", "lte": "<=",
		"and": "and", "or": "or", "not": "not", "contains": "contains", "true": "true", "false": "false",
	}
	var parts []string
	for _, part := range conditionPart.FindAllString(condition, -1) {
		known := said[strings.ToLower(part)]
		switch {
		case known != "":
			part = known
		case isName(part):
			part = s.named(part)
		}
		parts = append(parts, part)
	}
	joined := strings.Join(parts, " ")
	// Having no value is said by the name alone.
	return isNothing.ReplaceAllString(isSomething.ReplaceAllString(joined, "$1"), "not $1")
}

func isName(part string) bool {
	c := part[0] | 0x20
	return c >= 'a' && c <= 'z' || part[0] == '_' || part[0] == '.'
}

// foreignFilter matches a filter behind a value: | default: 'x', |upcase, | date: "%d".
var foreignFilter = regexp.MustCompile(`\|\s*([A-Za-z_]+)\s*[:(]?\s*("[^"]*"|'[^']*'|-?\d+)?\s*\)?`)

// otherwise matches what stands between a value and a text for who has none.
var otherwise = regexp.MustCompile(`(?i)\s*(?:\?\?|\|\||\bor\b)\s*("[^"]*"|'[^']*')`)

// filterNames are our names of others' filters; "" is for what needs none.
var filterNames = map[string]string{
	"upcase": "upper", "uppercase": "upper", "downcase": "lower", "lowercase": "lower", "capitalize": "title", "titlecase": "title",
	"propercase": "title", "default_if_none": "default", "fallback": "default", "truncatewords": "truncate", "format_date": "date",
	"raw": "", "safe": "", "escape": "", "e": "", "strip": "", "trim": "",
}

func (s *Scope) translateValue(inside string) string {
	inside = otherwise.ReplaceAllString(inside, `|default: $1`)
	name, filters, _ := strings.Cut(inside, "|")
	if before, fallback, found := strings.Cut(name, ":default="); found { // {{lead.First Name:default=Lid}}
		name, filters = before, `default "`+strings.Trim(fallback, `"' `)+`"`
	}
	if before, fallback, found := strings.Cut(strings.ToLower(name), ",fallback="); found { // [firstname,fallback=lid]
		name, filters = before, `default "`+strings.Trim(fallback, `"' `)+`"`
	}
	meant := s.named(strings.Trim(name, `"' :()`))
	for _, found := range foreignFilter.FindAllStringSubmatch("|"+filters, -1) {
		ours, known := filterNames[strings.ToLower(found[1])]
		if !known {
			ours = strings.ToLower(found[1])
		}
		argument := strings.Trim(found[2], `"'`)
		switch {
		case ours == "":
		case ours == "date":
			if _, ok := s.locale.DateForm(argument); !ok {
				argument = meantForm(argument, s.locale)
			}
			meant += ` | date "` + argument + `"`
		case found[2] == "":
			meant += " | " + ours
		case ours == "truncate":
			meant += " | truncate " + argument
		default:
			meant += " | " + ours + ` "` + argument + `"`
		}
	}
	return meant
}

// commonNames are our names of what other tools call in many ways, by the
// letters that these hold; between = stand all of them.
var commonNames = []struct{ letters, ours string }{
	{"unsub", "unsubscribe_url"}, {"optout", "unsubscribe_url"}, {"afmeld", "unsubscribe_url"}, {"abmeld", "unsubscribe_url"},
	{"archive", "view_url"}, {"browser", "view_url"}, {"webversion", "view_url"}, {"onlineversion", "view_url"}, {"mirror", "view_url"},
	{"permalink", "view_url"}, {"preference", "preferences_url"}, {"updateprofile", "preferences_url"}, {"voucher", "voucher"},
	{"coupon", "voucher"}, {"fname", "member.first_name"}, {"firstname", "member.first_name"}, {"voornaam", "member.first_name"},
	{"vorname", "member.first_name"}, {"lname", "member.last_name"}, {"lastname", "member.last_name"}, {"achternaam", "member.last_name"},
	{"nachname", "member.last_name"}, {"surname", "member.last_name"}, {"email", "member.email"}, {"=currentyear=", "today"},
	{"=now=", "today"}, {"=date=", "today"}, {"=currentdate=", "today"}, {"=name=", "member.first_name"},
	{"=fullname=", "member.first_name"}, {"=naam=", "member.first_name"}, {"prenom", "member.first_name"}, {"=datum=", "today"},
	{"address", "label.imprint"}, {"company", "label.name"}, {"birth", "member.birth_date"}, {"geboorte", "member.birth_date"},
}

// named returns our name of what another tool calls name, or name itself.
func (s *Scope) named(name string) string {
	if _, err := s.resolve(name); err == nil {
		return name
	}
	last := strings.TrimLeft(name[strings.LastIndexAny(name, ".:")+1:], " ")
	letters := plain(last)
	for _, known := range commonNames {
		if strings.Contains("="+letters+"=", known.letters) {
			return known.ours
		}
	}
	if near := nearest(last, s.names()); near != "" {
		return near
	}
	return name
}
