package links

import (
	"iter"
	"strings"
)

// AppendTarget appends the address that a click leads to, of a member or of a
// check: target byte for byte, but for what no header can hold, with the sub-id
// under the network's parameter, in the place of any that it has already, else
// before a shop's own address that stands in it as it is, else before its
// fragment, or where the network's form of links has it. Without a parameter it
// is the target alone.
func AppendTarget(dst []byte, target, parameter string, subID []byte) []byte {
	if parameter == "" {
		return appendStart(dst, target)
	}
	if at, found := elsewhere(target, parameter); found {
		dst = append(appendStart(dst, target[:at.from]), at.open...)
		dst = append(append(dst, subID...), at.close...)
		return AppendASCII(dst, target[at.to:])
	}
	base, fragment := target, ""
	if at := strings.IndexByte(target, '#'); at >= 0 {
		base, fragment = target[:at], target[at:]
	}
	path, query, _ := strings.Cut(base, "?")
	dst = append(appendStart(dst, path), '?')
	set, first := false, true
	for pair, ours := range pairs(query) {
		if !first {
			dst = append(dst, '&')
		}
		first = false
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case ours && isNamed(name, parameter):
			dst, set = appendPair(dst, parameter, subID), true
			continue
		case !set && isBare(value) && !has(query, parameter):
			dst, set = append(appendPair(dst, parameter, subID), '&'), true
		}
		dst = AppendASCII(dst, pair)
	}
	if !set {
		if query != "" && !strings.HasSuffix(query, "&") {
			dst = append(dst, '&')
		}
		dst = appendPair(dst, parameter, subID)
	}
	return AppendASCII(dst, fragment)
}

// pairs yields the parameters of a query, and whether each is the link's own: one
// within [[…]], in which Awin's older links hold the shop's address, is the shop's.
func pairs(query string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		within := false
		for pair := range strings.SplitSeq(query, "&") {
			ours := !within
			if at := strings.LastIndex(pair, "[["); at >= 0 {
				within = !strings.Contains(pair[at:], "]]")
			} else if strings.Contains(pair, "]]") {
				within = false
			}
			if !yield(pair, ours) {
				return
			}
		}
	}
}

// has reports whether a query has the parameter.
func has(query, parameter string) bool {
	for pair, ours := range pairs(query) {
		if name, _, _ := strings.Cut(pair, "="); ours && isNamed(name, parameter) {
			return true
		}
	}
	return false
}

// isNamed reports whether a parameter is the network's. People write clickRef for
// clickref; of a name as short as r another case may be another parameter.
func isNamed(name, parameter string) bool {
	return name == parameter || len(parameter) > 2 && len(name) == len(parameter) && strings.EqualFold(name, parameter)
}

// isBare reports whether a value is the address of a shop that isn't encoded: what
// stands behind it may be read as a part of it.
func isBare(value string) bool {
	value = strings.TrimPrefix(value, "[[")
	return strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://")
}

func appendPair(dst []byte, parameter string, value []byte) []byte {
	dst = append(dst, parameter...)
	dst = append(dst, '=')
	return append(dst, value...)
}

// carries reports whether an address has the value under the parameter, as bytes:
// what else stands in it may be no query to Go.
func carries(address, parameter, value string) bool {
	if at, found := elsewhere(address, parameter); found {
		return address[at.from:at.to] == value
	}
	address, _, _ = strings.Cut(address, "#")
	_, query, _ := strings.Cut(address, "?")
	for pair, ours := range pairs(query) {
		if name, is, _ := strings.Cut(pair, "="); ours && isNamed(name, parameter) && is == value {
			return true
		}
	}
	return false
}

// loses reports whether an address, to which a link redirects within its own host,
// no longer carries the probe. A link at the shop's own host does so no longer than it
// has its form: where that led is a page of the shop's.
func loses(address, link, parameter string) bool {
	if _, formed := elsewhere(link, parameter); formed && forms[parameter].atShop {
		_, formed = elsewhere(address, parameter)
		return formed && !carries(address, parameter, probe)
	}
	return !carries(address, parameter, probe)
}

// room is where in an address a sub-id stands, and, if none does, what comes
// around it.
type room struct {
	from, to    int
	open, close string
}

// form is a way in which links of a network carry a sub-id outside of parameters.
type form struct {
	signs       []string // a link of this form has one of them
	open, close string   // around the sub-id
	ends        string   // the character that ends it, unless the form ends there
	before      string   // where the shop's own address begins, in front of which it stands
	atShop      bool     // such links stand at the shop's own host, and lead to its pages
}

// forms are those ways, by the parameter that other links of the network have.
var forms = map[string]form{
	// Partnerize: prf.hn/click/camref:1/pubref:ID/destination:https://shop.nl
	"pubref": {signs: []string{"/camref:"}, open: "/pubref:", ends: "/", before: "/destination:"},
	// CJ: anrdoezrs.net/links/1/type/dlg/sid/ID/https://shop.nl
	"sid": {signs: []string{"/type/dlg"}, open: "/sid/", ends: "/", before: "/http"},
	// Tradedoubler: clk.tradedoubler.com/click?p(1)a(2)epi(ID)url(https://shop.nl)
	"epi": {signs: []string{"?p(", "?a("}, open: "epi(", close: ")", ends: ")", before: "url("},
	// TradeTracker, at the shop's own host, where r is the page: shop.nl/tt/?tt=1_2_3_ID&r=%2Fpage
	"r": {signs: []string{"?tt=", "&tt="}, open: "_", before: "&", atShop: true},
}

// elsewhere returns where a link of such a form has its sub-id; false for all
// other links.
func elsewhere(target, parameter string) (room, bool) {
	f, known := forms[parameter]
	if !known {
		return room{}, false
	}
	for _, sign := range f.signs {
		at := strings.Index(target, sign)
		if at < 0 {
			continue
		}
		from := at + len(sign)
		end := from + until(target[from:], strings.Index(target[from:], f.before))
		end = from + until(target[from:end], strings.IndexAny(target[from:end], "?#"))
		if parameter == "r" { // behind the numbers of campaign, material and site
			numbers := strings.SplitAfterN(target[from:end], "_", 3)
			if len(numbers) < 3 {
				continue
			}
			from += len(numbers[0]) + len(numbers[1])
		}
		found := strings.Index(target[from:end], f.open)
		if found < 0 {
			return room{end, end, f.open, f.close}, true
		}
		from += found + len(f.open)
		if f.ends != "" {
			end = from + until(target[from:end], strings.Index(target[from:end], f.ends))
		}
		return room{from: from, to: end}, true
	}
	return room{}, false
}

// until returns where a part of text ends of which something was found at at, or
// nothing.
func until(text string, at int) int {
	if at < 0 {
		return len(text)
	}
	return at
}
