package tracking

// HoneypotLink is the number of the link that no person sees.
const HoneypotLink = 1<<16 - 1

// Links makes the addresses in the mail of one member. Its methods are the
// URLs that a compiled template asks for; none of them allocates.
type Links struct {
	Ring   *Keyring
	Base   string // the label's public address, such as https://acties.label.nl
	Send   int64
	Member int64
}

// AppendLink appends the address that counts a click on a link and leads on,
// where to with the values, if it has any.
func (l *Links) AppendLink(dst []byte, link int, values []byte) []byte {
	start := len(dst)
	dst = l.append(dst, "/c/", Ref{Kind: Click, Link: uint16(link)})
	if len(values) == 0 {
		return dst
	}
	token := dst[start+len(l.Base)+len("/c/"):]
	return l.Ring.appendSealed(append(dst, '/'), token, values)
}

// AppendHoneypot appends the address of the link that no person sees.
func (l *Links) AppendHoneypot(dst []byte) []byte { return l.AppendLink(dst, HoneypotLink, nil) }

// AppendPixel appends the address of the image that counts an open.
func (l *Links) AppendPixel(dst []byte) []byte {
	return append(l.append(dst, "/o/", Ref{Kind: Open}), ".gif"...)
}

// AppendUnsubscribe appends the address of the unsubscribe page, which is
// also the one-click address (RFC 8058).
func (l *Links) AppendUnsubscribe(dst []byte) []byte {
	return l.append(dst, "/u/", Ref{Kind: Unsubscribe})
}

// AppendPreferences appends the address of the member's preferences.
func (l *Links) AppendPreferences(dst []byte) []byte {
	return l.append(dst, "/p/", Ref{Kind: Preferences})
}

// AppendView appends the address of the mail as a web page.
func (l *Links) AppendView(dst []byte) []byte {
	return l.append(dst, "/v/", Ref{Kind: View})
}

func (l *Links) append(dst []byte, path string, ref Ref) []byte {
	ref.Send, ref.Member = l.Send, l.Member
	dst = append(dst, l.Base...)
	dst = append(dst, path...)
	return l.Ring.AppendToken(dst, ref)
}
