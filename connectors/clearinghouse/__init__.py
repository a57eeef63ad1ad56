"""S8, the clearinghouse: X12 over SFTP. Claims out as 837P; 999, 277CA and 835 in."""
