package links

import "strings"

// AppendTarget appends the address that a click leads to, of a member or of a
// check: target byte for byte, but for what no header can hold, with the sub-id
// under the network's parameter, in the place of any that it has already, else
// before its fragment, or where the network's form of links has it. Without a
// parameter it is the target alone.
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
	for pair := range strings.SplitSeq(query, "&") {
		if !first {
			dst = append(dst, '&')
		}
		first = false
		if name, _, _ := strings.Cut(pair, "="); name == parameter {
			dst, set = appendPair(dst, parameter, subID), true
			continue
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
	for pair := range strings.SplitSeq(query, "&") {
		if name, is, _ := strings.Cut(pair, "="); name == parameter && is == value {
			return true
		}
	}
	return false
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
	"r": {signs: []string{"?tt=", "&tt="}, open: "_", before: "&"},
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
