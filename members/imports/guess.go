package imports

import (
	"strings"

	"keur/internal/typed"
	"keur/members"
)

// guess narrows down the type of a column while its values go by. It starts
// with everything possible, and each value takes away what it can't be.
type guess struct {
	values        int64
	notBool       bool
	notDate       bool
	notNumber     bool
	ones, zeros   bool // the digits alone, which are numbers as well
	yesNo         bool // a word for yes or no
	commaDecimals bool // 1.234,5: so 1.234 is a thousand and more
	pointDecimals bool
	settled       bool // it is a text, and nothing more can be learnt
	dates         typed.Dates
}

// see looks at one value.
func (g *guess) see(s string, line int64) {
	if g.settled || s == "" {
		return
	}
	g.values++
	if !g.notBool {
		_, ok := typed.YesNo(s)
		g.notBool = !ok
		g.ones, g.zeros = g.ones || s == "1", g.zeros || s == "0"
		g.yesNo = g.yesNo || ok && s != "1" && s != "0"
	}
	if !g.notDate {
		g.notDate = !g.dates.See(s, line) && !typed.IsNoDate(s)
	}
	if !g.notNumber {
		_, ok := typed.Number(s, false)
		// A leading nought, a plus, many digits or groups without decimals and signs:
		// a code, or somebody's telephone, and not a quantity.
		code := len(s) > 1 && s[0] == '0' && s[1] != '.' && s[1] != ',' || s[0] == '+' || len(s) > 15 ||
			!strings.ContainsAny(s, ".,'’") && strings.ContainsAny(s, " \u00a0\u202f")
		g.notNumber = !ok || code
	}
	g.seeDecimals(s)
	g.settled = g.notBool && g.notDate && g.notNumber
}

// seeDecimals learns how decimals are written from a value that shows it.
func (g *guess) seeDecimals(s string) {
	i := strings.LastIndexAny(s, ".,")
	if i < 0 {
		return
	}
	if decimals := len(s) - i - 1; decimals == 3 && strings.IndexAny(s, ".,") == i {
		return
	} else if strings.Count(s, s[i:i+1]) > 1 || decimals == 0 {
		return
	}
	if s[i] == ',' {
		g.commaDecimals = true
	} else {
		g.pointDecimals = true
	}
}

// typ returns what the column is: the narrowest type that all values fit.
func (g *guess) typ() members.Type {
	switch {
	case g.values == 0:
		return members.Text
	case !g.notBool && (g.yesNo || g.ones && g.zeros):
		return members.Bool
	case !g.notDate:
		return members.Date
	case !g.notNumber:
		return members.Number
	}
	return members.Text
}

// comma reports whether the column writes decimals with a comma; usual says how
// the label's language does, for a column that doesn't show it.
func (g *guess) comma(usual bool) bool {
	if g.commaDecimals != g.pointDecimals {
		return g.commaDecimals
	}
	return usual
}
