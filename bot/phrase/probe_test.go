package phrase
import ("testing";"fmt";"bufio";"os")
func TestProbe(t *testing.T){ f,_:=os.Open("/tmp/probe.txt"); s:=bufio.NewScanner(f); for s.Scan(){ g:=Read(s.Text(),today); fmt.Printf("%-60q %-28s %q\n", s.Text(), short(g), g.Rest)}}
