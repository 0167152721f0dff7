package accounts

import (
	"net/netip"
	"strings"
	"time"
)

// SessionID names a session without letting anyone into it.
type SessionID int64

// Session is a user's stay in a browser.
type Session struct {
	ID         SessionID `db:"id" json:"id"`
	UserID     UserID    `db:"user_id" json:"user_id"`
	CreatedAt  time.Time `db:"created_at" json:"created_at"`
	LastSeenAt time.Time `db:"last_seen_at" json:"last_seen_at" doc:"Exact to the minute"`
	ExpiresAt  time.Time `db:"expires_at" json:"expires_at"`
	Address    string    `db:"address" json:"address" doc:"Shortened: 192.0.2.0/24"`
	UserAgent  string    `db:"user_agent" json:"user_agent"`
	Current    bool      `db:"current" json:"current" doc:"The one that asks"`
}

// Origin is where a browser is, as far as signing in needs to know.
type Origin struct {
	Address   string // IP, with or without a port
	UserAgent string
	Devices   string // what SignIn.Devices said before
}

// Agent returns the browser and the system in two words, or less where they
// don't tell.
func (s Session) Agent() string {
	return strings.TrimSuffix(strings.TrimPrefix(browserOf(s.UserAgent)+", "+systemOf(s.UserAgent), ", "), ", ")
}

func browserOf(agent string) string {
	// In this order: each but the last says that it is those after it as well.
	return firstIn(agent, [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
}

func systemOf(agent string) string {
	return firstIn(agent, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	})
}

func firstIn(text string, marks [][2]string) string {
	for _, m := range marks {
		if strings.Contains(text, m[0]) {
			return m[1]
		}
	}
	return ""
}

// network returns the part of the address that one household or office has: an
// IPv4 address whole, of IPv6 the first 64 bits. Counting single IPv6 addresses
// would count nothing.
func (o Origin) network() string { return o.prefix(32, 64) }

// shortened returns what a list of sessions shows of the address, which is
// enough to tell the office from elsewhere.
func (o Origin) shortened() string { return o.prefix(24, 48) }

func (o Origin) prefix(v4, v6 int) string {
	ip, err := netip.ParseAddr(o.Address)
	if err != nil {
		withPort, err := netip.ParseAddrPort(o.Address)
		if err != nil {
			return ""
		}
		ip = withPort.Addr()
	}
	ip = ip.Unmap().WithZone("")
	bits := v6
	if ip.Is4() {
		bits = v4
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
