"""What a study is: its protocol, its definition file, the shape of its rows and the snapshots that hold them."""
