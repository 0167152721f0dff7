package visible

import "testing"

// TestLengths reads numbers with and without a unit, and what only looks like one.
func TestLengths(t *testing.T) {
	t.Parallel()
	type parsed struct {
		n    float64
		unit string
		ok   bool
	}
	for value, want := range map[string]parsed{
		"12px": {12, "px", true}, "+.5em": {0.5, "em", true}, "-3.": {-3, "", true}, "100%": {100, "%", true}, "0": {0, "", true},
		"2rem": {2, "rem", true}, "1.25in": {1.25, "in", true},
		"": {}, "px": {}, ".": {}, "+-1px": {}, "1.2.3px": {}, "1-1": {}, "1e3": {}, "12 px": {}, "12px ": {}, "12vw": {},
		"auto": {}, "0x10": {}, "1_0": {},
	} {
		if n, unit, ok := length(value); (parsed{n, unit, ok}) != want {
			t.Errorf("%q is %v %q %t, want %+v", value, n, unit, ok, want)
		}
	}
}

// TestOutlooksOwn has properties of Outlook that move nothing, and some that do.
func TestOutlooksOwn(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"mso-line-height-rule": true, "mso-table-lspace": true, "v-text-anchor": true, "mso-padding-alt": true,
		"mso-hide": false, "mso-position-vertical": false, "xmso-padding-alt": false, "v-text-anchors": false, "line-height-rule": false,
	} {
		if got := allowed(lawful, declaration{name: name, value: "exactly"}); got != want {
			t.Errorf("%s is allowed: %t", name, got)
		}
	}
}

// TestFamilies has fonts that can be read, and some whose letters are pictures.
func TestFamilies(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"arial,helvetica,sans-serif": true, "'segoe ui',georgia": true,
		"wingdings": false, "'segoe mdl2 assets'": false, "fontawesome": false, "mt extra": false, "var(--x)": false,
	} {
		if isFamily(value) != want {
			t.Errorf("%s can be read: %t", value, !want)
		}
	}
}

// TestBorders has lines that are thin, and what could cover something.
func TestBorders(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"1px solid #ccc": true, "2px solid rgba(0,0,0,0.3)": true, "thin": true,
		"40px solid #fff": false, "-1px": false, "1px solid url(x)": false,
	} {
		if got := allowed(lawful, declaration{name: "border-top", value: value}); got != want {
			t.Errorf("%s is allowed: %t", value, got)
		}
	}
}
