package postgres

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/lib/pq"
)

// A URL may name several servers, of which one takes writes at a time: a primary
// and its standbys, as libpq has it (section 34.1.1.3 of PostgreSQL's manual).

// connectWithin is how long one of several servers has to let us in.
const connectWithin = 3 * time.Second

// direct has cfg choose, of several servers, the one that takes writes: after a
// failover that is another one, and one that hangs mustn't keep us from asking
// the next. What the URL itself says counts first.
func direct(cfg *pq.Config) {
	if len(cfg.Multi) == 0 {
		return
	}
	if cfg.TargetSessionAttrs == "" {
		cfg.TargetSessionAttrs = pq.TargetSessionAttrsReadWrite
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectWithin
	}
}

// directed returns dbURL with what direct adds: pq's listener takes text and no
// config.
func directed(dbURL string) string {
	dbURL = listed(dbURL)
	cfg, err := pq.NewConfig(dbURL)
	if err != nil || len(cfg.Multi) == 0 {
		return dbURL
	}
	added := []string{}
	if cfg.TargetSessionAttrs == "" {
		added = append(added, "target_session_attrs="+string(pq.TargetSessionAttrsReadWrite))
	}
	if cfg.ConnectTimeout == 0 {
		added = append(added, fmt.Sprintf("connect_timeout=%.0f", connectWithin.Seconds()))
	}
	if len(added) == 0 {
		return dbURL
	}
	switch {
	case !strings.HasPrefix(dbURL, "postgres://") && !strings.HasPrefix(dbURL, "postgresql://"): // of the form host=one,two user=keur
		return dbURL + " " + strings.Join(added, " ")
	case strings.Contains(dbURL, "?"):
		return dbURL + "&" + strings.Join(added, "&")
	}
	return dbURL + "?" + strings.Join(added, "&")
}

// listed returns dbURL with hosts that bear ports of their own, which pq reads
// nowhere else, as lists in its query: one:5432,two:5433.
func listed(dbURL string) string {
	u, err := url.Parse(dbURL)
	if err != nil || !strings.Contains(u.Host, ",") || !strings.Contains(u.Host, ":") {
		return dbURL
	}
	var hosts, ports []string
	for part := range strings.SplitSeq(u.Host, ",") {
		host, port, err := net.SplitHostPort(part)
		if err != nil {
			host, port = part, "5432"
		}
		hosts, ports = append(hosts, host), append(ports, port)
	}
	query := u.Query()
	query.Set("host", strings.Join(hosts, ","))
	query.Set("port", strings.Join(ports, ","))
	u.Host, u.RawQuery = "", query.Encode()
	return u.String()
}

// place says where a base is, without the password.
func place(cfg pq.Config) string {
	hosts := []string{fmt.Sprintf("%s:%d", cfg.Host, cfg.Port)}
	for _, other := range cfg.Multi {
		hosts = append(hosts, fmt.Sprintf("%s:%d", other.Host, other.Port))
	}
	return fmt.Sprintf("%s/%s as %s", strings.Join(hosts, ","), cfg.Database, cfg.User)
}
