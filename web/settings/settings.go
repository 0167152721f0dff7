package settings

import "keur/web/desk"

// rows keeps the lines of a form in which something stands, so that line and
// thing have the same number when a room says what is wrong with one.
func rows(f *desk.Form, names ...string) int {
	most := 0
	for _, name := range names {
		most = max(most, len(f.Values[name]))
	}
	kept := make(map[string][]string, len(names))
	n := 0
	for i := range most {
		filled := false
		for _, name := range names {
			filled = filled || desk.Nth(*f, name, i) != ""
		}
		if !filled {
			continue
		}
		for _, name := range names {
			kept[name] = append(kept[name], desk.Nth(*f, name, i))
		}
		n++
	}
	for _, name := range names {
		f.Values[name] = kept[name]
	}
	return n
}

// numbersTo returns 0 to n-1, for pages that draw so many lines.
func numbersTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
