"""What every REST endpoint needs: reading parameters and bodies strictly, answering, refusing.

Nothing here knows of films; the endpoints of claims use it too.
"""
