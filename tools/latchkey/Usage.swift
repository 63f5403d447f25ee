/// What the tool says of itself; everything about procedures comes from the daemon.
enum Usage {
    static let text = """
        latchkey [OPTION…] SERVICE.PROCEDURE [JSON | @FILE | -] [NAME=TEXT | NAME:=JSON …]
        latchkey help [SERVICE | SERVICE.PROCEDURE], or SERVICE.PROCEDURE --help
        latchkey completion bash|zsh|fish

        Calls a procedure of a Latchkey daemon and prints its data: indented on a terminal, one line of JSON elsewhere.

          NAME=TEXT        sets a member to text; outer.inner=TEXT sets one deeper, list[]=TEXT appends
          NAME:=JSON       sets a member to any JSON: enabled:=false, credits.cost:=2, expires:=null
          JSON, @FILE, -   the parameters whole, from the line, a file or standard input; pairs are laid over them

          --socket PATH           API socket. Else LATCHKEY_SOCKET, else latchkey/api.sock in ~/.local/state
          --root-key KEY          root key. Else LATCHKEY_ROOT_KEY; a command line can be seen by others, so prefer the variable or
          --root-key-file FILE    a file that holds it
          --operator              call as the operator: operator.sock beside the API socket, or LATCHKEY_OPERATOR_SOCKET
          --operator-socket PATH  the same, on that socket
          --idempotency-key KEY   make a change safe to repeat: the same line within 24 hours gets the first reply and changes nothing
          --all                   follow a list to its end and print all of it
          --raw                   print the whole reply with its meta and pagination
          --help, --version

        Exit status: 0, 1 when the daemon refuses, 2 for a command line that makes no sense, 3 when there is no daemon, 4 when what
        was asked for cannot be written to standard output.
        """
}
